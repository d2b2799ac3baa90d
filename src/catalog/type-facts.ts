/**
 * What the binary format has to know of a column's type: who it is, where it comes from, and what it is made of.
 * Read once for all types that any column uses, because a thousand columns share a dozen types.
 */
import type { Session } from "../session/session.ts";
import type { TypeFacts } from "../values/wire.ts";
import { userSchema } from "./fragments.ts";

export type { TypeFacts } from "../values/wire.ts";

interface TypeRow {
  readonly oid: number;
  readonly typeSchema: string;
  readonly typeName: string;
  readonly typeKind: TypeFacts["typeKind"];
  readonly extension: string | null;
  readonly elementOid: number | null;
  readonly baseOid: number | null;
}

const COLUMN_TYPES = /* sql */ `
  with recursive used as (
    select distinct a.atttypid as oid
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and ${userSchema()}
    union
    select inner_type.oid
    from used u
    join pg_catalog.pg_type t on t.oid = u.oid
    -- Only a true array is the typarray of its element.
    join pg_catalog.pg_type inner_type on inner_type.oid = t.typbasetype or (inner_type.typarray = t.oid and inner_type.oid = t.typelem)
  )
  select t.oid, n.nspname as "typeSchema", t.typname as "typeName", t.typtype::text as "typeKind",
    x.extname as extension, e.oid as "elementOid", nullif(t.typbasetype, 0) as "baseOid"
  from used u
  join pg_catalog.pg_type t on t.oid = u.oid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
  left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = coalesce(e.oid, t.oid) and d.deptype = 'e'
  left join pg_catalog.pg_extension x on x.oid = d.refobjid
  order by n.nspname, t.typname`;

/** The facts of every type that a column of a table has, by the type's OID. */
export async function readColumnTypes(session: Session): Promise<ReadonlyMap<number, TypeFacts>> {
  const rows = new Map((await session.query<TypeRow>(COLUMN_TYPES)).map((row) => [row.oid, row]));
  const known = new Map<number, TypeFacts>();
  const factsOf = (oid: number | null): TypeFacts | null => {
    const row = oid === null ? undefined : rows.get(oid);
    if (row === undefined) return null;
    const found = known.get(row.oid);
    if (found !== undefined) return found;
    const { typeSchema, typeName, typeKind, extension } = row;
    const facts = { typeSchema, typeName, typeKind, extension, element: factsOf(row.elementOid), base: factsOf(row.baseOid) };
    known.set(row.oid, facts);
    return facts;
  };
  for (const oid of rows.keys()) factsOf(oid);
  return known;
}
