/**
 * Rows that migrations themselves put into tables whose rows are about to be restored: the archive was taken after
 * them and holds what became of them. They go in the transaction that brought them, so that no crash leaves them in the way.
 */
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { PlannedLoad } from "./plan.ts";
import { type TargetFacts, tablesWithRows } from "./target.ts";

/** Makes sure that the tables that are to be loaded, where they exist, have no rows and get none before the transaction ends. */
export async function lockEmpty(session: Session, facts: TargetFacts, loads: readonly PlannedLoad[]): Promise<void> {
  const tables = ownTables(facts, loads);
  if (tables.length === 0) return;
  await session.execute(`lock table ${tables.join(", ")} in exclusive mode`);
  const [filled, ...others] = await tablesWithRows(session, tables);
  if (filled === undefined) return;
  const table = filled.replace(/^ONLY /, "");
  throw new PgarkError("TARGET_NOT_EMPTY", `the target already has rows in ${table}${others.length > 0 ? ` and ${others.length} more` : ""}; nothing was changed`, {
    object: `table ${table}`,
    hint: "Begin with an empty database (pgark nuke). If these are the archive's rows already, pgark migrate goes on from here.",
  });
}

/**
 * Empties the tables that `lockEmpty` found empty, or that did not exist then, and gives a warning for each that
 * has rows now. Throws DRIFT when a table that is not in the archive references such rows.
 */
export async function emptyTables(session: Session, facts: TargetFacts, loads: readonly PlannedLoad[]): Promise<readonly Warning[]> {
  const filled = await tablesWithRows(session, ownTables(facts, loads));
  if (filled.length === 0) return [];
  const warnings: Warning[] = [];
  for (const exactly of filled) {
    const [counted] = await session.query<{ rows: number }>(`select count(*)::float8 as rows from ${exactly}`);
    const table = exactly.replace(/^ONLY /, "");
    warnings.push({ code: "MIGRATION_ROWS_REPLACED", object: `table ${table}`, message: `${counted?.rows ?? 0} rows that migrations put into table ${table} give way to the archive's` });
  }
  // What a deferred constraint still has to check would keep the table from being truncated.
  await session.execute("set constraints all immediate");
  await session.execute(`truncate ${(await withReferencing(session, facts, loads, filled)).join(", ")}`);
  return warnings;
}

/** TRUNCATE wants the tables that reference one of these in its list too; they must be as empty as ours were. */
async function withReferencing(session: Session, facts: TargetFacts, loads: readonly PlannedLoad[], filled: readonly string[]): Promise<readonly string[]> {
  const oids = filled.map((exactly) => facts.relations.get(exactly.replace(/^ONLY /, ""))?.oid ?? 0);
  const closure = await session.query<{ exactly: string; relkind: string }>(REFERENCING, [oids]);
  const ours = new Set(ownTables(facts, loads));
  // The rows of a partitioned table are its partitions', which have foreign keys of their own and are in the list.
  const foreign = closure.filter(({ exactly, relkind }) => relkind === "r" && !ours.has(exactly)).map(({ exactly }) => exactly);
  const [kept] = await tablesWithRows(session, foreign);
  if (kept !== undefined) {
    throw new PgarkError("DRIFT", `migrations put rows into ${kept.replace(/^ONLY /, "")} that reference rows they put into ${filled.join(", ").replaceAll("ONLY ", "")}, and only the latter are in the archive; nothing was changed`, {
      object: `table ${kept.replace(/^ONLY /, "")}`,
      hint: "Restore from an archive that holds both tables, or leave both out.",
    });
  }
  return [...new Set([...filled, ...closure.map(({ exactly }) => exactly)])];
}

/** `$1::oid[]`: the tables to truncate. Under an empty search path `regclass` prints qualified names. */
const REFERENCING = /* sql */ `
  with recursive up as (
    select oid from unnest($1::oid[]) given (oid)
    union
    select k.conrelid from pg_catalog.pg_constraint k join up on k.confrelid = up.oid where k.contype = 'f')
  select case c.relkind when 'r' then 'ONLY ' else '' end || up.oid::pg_catalog.regclass as exactly, c.relkind::text as relkind
  from up join pg_catalog.pg_class c on c.oid = up.oid
  order by 1`;

/** As FROM names them: what is to be loaded, exists, and was not brought by an extension, whose script fills its own tables. */
function ownTables(facts: TargetFacts, loads: readonly PlannedLoad[]): readonly string[] {
  const there = loads.filter(({ entry, table }) => {
    const relation = facts.relations.get(table);
    return entry.kind === "table-data" && relation !== undefined && !relation.ofExtension && (relation.relkind === "r" || relation.relkind === "p");
  });
  return [...new Set(there.map(({ exactly }) => exactly))];
}
