/**
 * A merge that was interrupted left rows that stay, and foreign keys that are set aside: before those can come back,
 * the rows that it brought without parents must go. Nothing but the journal and the catalog is at hand.
 */
import type { Session } from "../session/session.ts";
import type { ForeignKeyOf } from "./foreign-keys.ts";
import type { SetAside } from "./journal.ts";
import { sweep, type SweptLoad } from "./orphans.ts";
import { readTargetTables } from "./target-table.ts";

/**
 * Takes out the rows without a parent and gives how many there were; null when it could not be told which of them
 * were somebody's before, so that none was touched. Must be inside a transaction.
 */
export async function sweepLost(session: Session, left: readonly SetAside[]): Promise<{ readonly deleted: number; readonly reverted: number } | null> {
  const foreignKeys: ForeignKeyOf[] = [];
  for (const one of left) if (one.kind === "foreign key") foreignKeys.push(...(await readLost(session, one)));
  const loads = await readLoads(session);
  const known = loads.filter(({ key }) => key !== null).map(({ load }) => load);
  const unknown = await session.query("select from pgark.before where load <> all ($1::int4[]) limit 1", [known]);
  if (unknown.length > 0) return null;
  const counts = [...(await sweep(session, loads, foreignKeys)).values()];
  return { deleted: counts.reduce((sum, { deleted }) => sum + deleted, 0), reverted: counts.reduce((sum, { reverted }) => sum + reverted, 0) };
}

/** It may be back already, and not yet checked. */
const THERE = /* sql */ `
  select k.oid, k.conrelid as child from pg_catalog.pg_constraint k
  where k.contype = 'f' and 'constraint ' || pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass = $1`;

/** The facts of a foreign key that is set aside, by the server's own reading: it is made on an empty table, and looked at. */
async function readLost(session: Session, one: SetAside): Promise<readonly ForeignKeyOf[]> {
  const [there] = await session.query<{ oid: number; child: number }>(THERE, [one.object]);
  if (there !== undefined) {
    const table = (await readTargetTables(session, [there.child])).get(there.child);
    const key = table?.foreignKeys.find(({ oid }) => oid === there.oid);
    return key === undefined ? [] : [{ ...key, validated: isChecked(one, key.validated), childOid: there.child }];
  }
  const parts = partsOf(one);
  if (parts === null) return [];
  await session.execute(`CREATE TABLE pgark.shape (LIKE ${parts.child}); ALTER TABLE pgark.shape ${parts.add}`);
  const [oids] = await session.query<{ child: number; shape: number }>("select pg_catalog.to_regclass($1)::oid as child, 'pgark.shape'::pg_catalog.regclass::oid as shape", [parts.child]);
  const { child = 0, shape = 0 } = oids ?? {};
  const [key] = (await readTargetTables(session, [shape])).get(shape)?.foreignKeys ?? [];
  await session.execute("DROP TABLE pgark.shape");
  return key === undefined ? [] : [{ ...key, validated: isChecked(one, key.validated), childOid: child }];
}

/** The statements say whether rows that are there will be checked. */
function isChecked({ putBack }: SetAside, validated: boolean): boolean {
  return validated || putBack.some((statement) => statement.includes(" VALIDATE CONSTRAINT "));
}

/** `constraint k on app.t` and `ALTER TABLE app.t ADD CONSTRAINT k …` together tell the table from the name: either may hold an " on ". */
function partsOf({ object, putBack }: SetAside): { readonly child: string; readonly add: string } | null {
  const [statement = ""] = putBack;
  for (let at = object.indexOf(" on "); at !== -1; at = object.indexOf(" on ", at + 1)) {
    const [name, child] = [object.slice("constraint ".length, at), object.slice(at + " on ".length)];
    const start = `ALTER TABLE ${child} `;
    if (statement.startsWith(`${start}ADD CONSTRAINT ${name} `)) return { child, add: statement.slice(start.length) };
  }
  return null;
}

/** What the journal's decisions tell of the loads, as far as they name their table and columns. */
const LOADS = /* sql */ `
  select l.load, pg_catalog.to_regclass(l."table")::oid as oid, l.columns, l.key
  from pgark.run r, pg_catalog.json_to_recordset(r.decisions -> 'loads') l(load integer, "table" text, columns json, key text)
  where pg_catalog.to_regclass(l."table") is not null and l.columns is not null`;

async function readLoads(session: Session): Promise<readonly SweptLoad[]> {
  const rows = await session.query<{ load: number; oid: number; columns: readonly string[]; key: string | null }>(LOADS);
  const tables = await readTargetTables(session, [...new Set(rows.map(({ oid }) => oid))]);
  return rows.flatMap(({ load, oid, columns, key }) => {
    const table = tables.get(oid);
    return table === undefined ? [] : [{ load, table, columns, key: table.keys.find(({ name }) => name === key) ?? null, merge: null }];
  });
}
