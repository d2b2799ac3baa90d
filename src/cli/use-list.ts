/**
 * The entries of an archive as lines, and a file of such lines as a list: `show --toc` writes it, somebody takes lines out,
 * or moves them, and `restore --use-list` reads it. As with pg_restore, only the number before the `;` is read, and what
 * follows a `;` is a comment.
 */
import { PgarkError } from "../errors.ts";
import type { TocEntry } from "../index.ts";
import { plain } from "./plain.ts";

/** Every entry with its number first, below lines of comment that tell of the archive. */
export function listText(entries: readonly TocEntry[], comments: readonly string[]): string {
  const width = String(entries.at(-1)?.id ?? 0).length;
  const [sections, kinds] = [widest(entries, "section"), widest(entries, "kind")];
  return [
    ...comments.flatMap((comment) => comment.split("\n")).map((line) => (line === "" ? ";" : `; ${line}`)),
    ...entries.map(({ id, section, kind, address, owner }) => `${String(id).padStart(width)}; ${section.padEnd(sections)}  ${kind.padEnd(kinds)}  ${plain(address)}${owner === null ? "" : `  (${plain(owner)})`}`),
  ].join("\n");
}

function widest(entries: readonly TocEntry[], field: "section" | "kind"): number {
  return entries.reduce((width, entry) => Math.max(width, entry[field].length), 0);
}

/** The numbers in the order of the lines. Throws USAGE for a line that begins with none; pg_restore passes over it with a warning. */
export function readList(text: string, file: string): readonly number[] {
  return text.split("\n").flatMap((line, index) => {
    const [said = ""] = line.split(";");
    if (said.trim() === "") return [];
    const [, id] = /^\s*(\d{1,9})\s*$/.exec(said) ?? [];
    if (id === undefined) throw new PgarkError("USAGE", `${file}, line ${index + 1}: a line begins with the number of an entry, not with ${plain(said.trim())}`, { object: file, hint: "pgark show --toc writes such a list." });
    return [Number(id)];
  });
}
