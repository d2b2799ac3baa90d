/** Identity columns, which are sequences inside: `pg_sequence` in, `ADD GENERATED … AS IDENTITY` out. */
import { aclSql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { owningColumn, SEQUENCE_COLUMN_FIELDS, SEQUENCE_FIELDS, sequenceClauses, type SequenceColumn, type SequenceOptions } from "../sequence-options.ts";

/** `schema` and `name` are the sequence's; its owner is always the table's, and follows it. */
export interface Identity extends CatalogObject, SequenceOptions, SequenceColumn {
  readonly kind: "identity";
  readonly schema: string;
  readonly generated: "always" | "by default";
  /** Null when it is the table's own. */
  readonly persistence: "permanent" | "unlogged" | null;
}

const IDENTITIES = /* sql */ `
  select 'pg_class/' || c.oid as key,
    array_remove(array['pg_type/' || nullif(c.reltype, 0)], null) as aliases,
    array['pg_class/' || t.oid] as needs,
    n.nspname as schema,
    c.relname as name,
    null as owner,
    ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "s", owner: "c.relowner" })} as acl,
    ${SEQUENCE_COLUMN_FIELDS},
    case a.attidentity when 'a' then 'always' else 'by default' end as generated,
    case when c.relpersistence <> t.relpersistence then case c.relpersistence when 'u' then 'unlogged' else 'permanent' end end as persistence,
    ${SEQUENCE_FIELDS}
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_sequence s on s.seqrelid = c.oid
  ${owningColumn("i")}
  where c.relkind = 'S' and t.relkind in ('r', 'p', 'f') and ${userSchema()}
  order by n.nspname, c.relname`;

export const identity: KindModule<Identity> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Identity, "kind">>(IDENTITIES);
    return rows.map((row) => ({ kind: "identity", ...row }));
  },
  create(i, context) {
    const sequence = qualified(i.schema, i.name);
    return [
      `ALTER TABLE ${qualified(i.tableSchema, i.table)} ALTER COLUMN ${ident(i.column)} ADD GENERATED ${i.generated.toUpperCase()} AS IDENTITY (SEQUENCE NAME ${sequence} ${sequenceClauses(i)});`,
      ...persistenceStatements(i, sequence, context.serverVersion),
    ];
  },
  // It goes with the column.
  drop: () => null,
  address: (i) => `SEQUENCE ${qualified(i.schema, i.name)}`,
};

/**
 * An identity sequence can have another persistence than its table. ALTER SEQUENCE is known to all servers that know
 * unlogged sequences (15); the LOGGED option of ADD GENERATED is not. Before 15 every sequence is logged.
 */
function persistenceStatements(i: Identity, sequence: string, serverVersion: number): readonly string[] {
  if (i.persistence === null || serverVersion < 150_000) return [];
  return [`ALTER SEQUENCE ${sequence} SET ${i.persistence === "unlogged" ? "UNLOGGED" : "LOGGED"};`];
}
