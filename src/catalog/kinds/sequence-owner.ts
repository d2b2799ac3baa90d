/** That a sequence goes with a column: `pg_depend` in, `ALTER SEQUENCE … OWNED BY` out, once both have the same owner. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";
import { owningColumn, SEQUENCE_COLUMN_FIELDS, type SequenceColumn } from "../sequence-options.ts";

/** `schema` and `name` are the sequence's. */
export interface SequenceOwner extends CatalogObject, SequenceColumn {
  readonly kind: "sequence-owner";
  readonly schema: string;
}

const SEQUENCE_OWNERS = /* sql */ `
  select 'sequence-owner/' || c.oid as key,
    array['pg_class/' || c.oid, 'pg_class/' || t.oid] as needs,
    n.nspname as schema,
    c.relname as name,
    null as owner,
    ${SEQUENCE_COLUMN_FIELDS}
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  ${owningColumn("a")}
  where c.relkind = 'S' and t.relkind in ('r', 'p', 'v', 'f') and ${userSchema()}
  order by n.nspname, c.relname`;

export const sequenceOwner: KindModule<SequenceOwner> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<SequenceOwner, "kind">>(SEQUENCE_OWNERS);
    return rows.map((row) => ({ kind: "sequence-owner", ...row }));
  },
  create: (o) => [`ALTER SEQUENCE ${qualified(o.schema, o.name)} OWNED BY ${qualified(o.tableSchema, o.table)}.${ident(o.column)};`],
  drop: () => null,
  address: (o) => `SEQUENCE ${qualified(o.schema, o.name)}`,
};
