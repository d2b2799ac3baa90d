/** What `--no-comments` and its kin leave out of the entries that are selected, or out of what an entry says. */
import type { TocEntry } from "../archive/toc.ts";
import { qualified } from "../catalog/quote.ts";
import type { SelectionOptions } from "../options.ts";

/** The kinds that are left out. What hangs on them goes with them: the comment on a publication. */
export function kindsLeftOut(options: SelectionOptions): ReadonlySet<string> {
  return new Set([
    ...(options.noComments === true ? ["comment"] : []),
    ...(options.noSecurityLabels === true ? ["security-label"] : []),
    ...(options.noTablespaces === true ? ["tablespace"] : []),
    ...(options.noPublications === true ? ["publication", "publication-table", "publication-schema"] : []),
    ...(options.noSubscriptions === true ? ["subscription"] : []),
    // That policies bind the owner too is part of the table, as with pg_dump; it says nothing while they are not in force.
    ...(options.noPolicies === true ? ["policy", "row-security"] : []),
  ]);
}

/** The entry without the tablespace and the access method that are not wanted: the target's defaults then hold. */
export function withoutStorage(entry: TocEntry, { noTablespaces, noTableAccessMethod }: SelectionOptions): TocEntry {
  let kept = entry;
  if (noTablespaces === true) {
    if (kept.tablespace !== null) kept = { ...kept, tablespace: null };
    const { kind, record } = kept;
    if (kind === "database" && record !== null && typeof record === "object" && "tablespace" in record) kept = { ...kept, record: { ...record, tablespace: null } };
  }
  if (noTableAccessMethod === true && kept.accessMethod !== null) {
    // A partitioned table has no storage to be made with it: it has a statement of its own.
    const own = `ALTER TABLE ONLY ${qualified(kept.schema, kept.name)} SET ACCESS METHOD `;
    kept = { ...kept, accessMethod: null, create: kept.create.filter((statement) => !statement.startsWith(own)) };
  }
  return kept;
}
