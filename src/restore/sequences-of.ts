/** Which sequences give the columns of some tables their values. */
import { qualified } from "../catalog/quote.ts";
import type { Session } from "../session/session.ts";

/** Those that belong to a column, as serial and identity have them, and those that a default reads. */
const SEQUENCES = /* sql */ `
  with found (oid) as (
    select d.objid from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.refobjid = any ($1::oid[]) and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    union
    select d.refobjid from pg_catalog.pg_attrdef a
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = a.oid and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    where a.adrelid = any ($1::oid[])
  )
  select n.nspname::text as schema, c.relname::text as name
  from found join pg_catalog.pg_class c on c.oid = found.oid and c.relkind = 'S' join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;

/** By qualified name, of the tables with these OIDs. */
export async function sequencesOf(session: Session, tables: readonly number[]): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ schema: string; name: string }>(SEQUENCES, [[...new Set(tables)]]);
  return new Set(rows.map(({ schema, name }) => qualified(schema, name)));
}
