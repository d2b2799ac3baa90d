/** A list of entries that somebody chose and put in order: `restore --use-list`. */
import type { TocEntry } from "../archive/toc.ts";
import { PgarkError } from "../errors.ts";

/** The listed entries in the order of the list. Throws USAGE for an id that the archive lacks, or that stands twice. */
export function inListOrder(entries: readonly TocEntry[], ids: readonly number[]): readonly TocEntry[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return ids.map((id) => {
    const entry = byId.get(id);
    if (entry === undefined) {
      const twice = ids.indexOf(id) !== ids.lastIndexOf(id);
      throw new PgarkError("USAGE", twice ? `the list has entry ${id} twice` : `the list has entry ${id}, and the archive has none of that number`, { object: `entry ${id}`, hint: "Lists are made with pgark show --toc, of the same archive." });
    }
    byId.delete(id);
    return entry;
  });
}
