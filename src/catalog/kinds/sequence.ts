/** Sequences, also those of serial columns: `pg_sequence` in, `CREATE SEQUENCE` out. Identity columns have theirs in "identity". */
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";
import { SEQUENCE_FIELDS, sequenceClauses, type SequenceOptions } from "../sequence-options.ts";

export interface Sequence extends CatalogObject, SequenceOptions {
  readonly kind: "sequence";
  readonly schema: string;
  readonly owner: string;
  readonly persistence: "permanent" | "unlogged";
  /** `bigint`, `integer`, `smallint`. */
  readonly type: string;
  /** The table with whose column it is dropped; null when it stands alone. "sequence-owner" says which column. */
  readonly tableKey: Key | null;
}

const SEQUENCES = /* sql */ `
  select 'pg_class/' || c.oid as key,
    array_remove(array['pg_type/' || nullif(c.reltype, 0)], null) as aliases,
    n.nspname as schema,
    c.relname as name,
    pg_catalog.pg_get_userbyid(c.relowner) as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "s", owner: "c.relowner" })} as acl,
    case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
    pg_catalog.format_type(s.seqtypid, null) as type,
    ${SEQUENCE_FIELDS},
    'pg_class/' || d.refobjid as "tableKey"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_sequence s on s.seqrelid = c.oid
  -- 'a' for OWNED BY, 'i' for an identity column.
  left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  where c.relkind = 'S' and d.deptype is distinct from 'i' and ${userSchema()}
  order by n.nspname, c.relname`;

export const sequence: KindModule<Sequence> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Sequence, "kind">>(SEQUENCES);
    return rows.map((row) => ({ kind: "sequence", ...row }));
  },
  create(s) {
    const unlogged = s.persistence === "unlogged" ? "UNLOGGED " : "";
    const type = s.type === "bigint" ? "" : ` AS ${s.type}`;
    return [`CREATE ${unlogged}SEQUENCE ${qualified(s.schema, s.name)}${type} ${sequenceClauses(s)};`];
  },
  drop: (s) => `DROP SEQUENCE IF EXISTS ${qualified(s.schema, s.name)};`,
  address: (s) => `SEQUENCE ${qualified(s.schema, s.name)}`,
};
