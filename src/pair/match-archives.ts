/** Which archive stands for which named database. Pure. */
import { PgarkError } from "../errors.ts";

/** How an archive came to stand for a database: the caller said so, its own database bears the name, or its turn came. */
export type MatchedBy = "mapping" | "name" | "order";

export interface Match {
  readonly path: string;
  readonly matchedBy: MatchedBy;
}

export interface MatchInput {
  readonly archives: readonly { readonly path: string; readonly database: string }[];
  /** The names in the order in which archives that bear none of them are taken. */
  readonly names: readonly string[];
  /** Names of other databases: an archive of one of them is nobody else's. */
  readonly known: readonly string[];
  /** Name → path, where the caller knows. */
  readonly mapping: ReadonlyMap<string, string>;
}

/** Name → archive. A name may be left without one. Throws USAGE when two archives are of the same named database. */
export function matchArchives({ archives, names, known, mapping }: MatchInput): ReadonlyMap<string, Match> {
  const matches = new Map<string, Match>([...mapping].map(([name, path]) => [name, { path, matchedBy: "mapping" }]));
  const taken = new Set(mapping.values());
  for (const { path, database } of archives) {
    if (taken.has(path) || !names.includes(database)) continue;
    const other = matches.get(database);
    if (other !== undefined) throw new PgarkError("USAGE", `two archives are of the database ${database}: ${other.path} and ${path}`, { object: `database ${database}`, hint: "Give one archive for each database." });
    matches.set(database, { path, matchedBy: "name" });
    taken.add(path);
  }
  const left = archives.filter(({ path, database }) => !taken.has(path) && !known.includes(database));
  for (const name of names) {
    if (matches.has(name)) continue;
    const next = left.shift();
    if (next !== undefined) matches.set(name, { path: next.path, matchedBy: "order" });
  }
  return matches;
}
