/** Column defaults and generation expressions: `pg_attrdef` in; part of `CREATE TABLE`, or `SET DEFAULT` on their own. */
import { userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface Default extends CatalogObject {
  readonly kind: "default";
  readonly schema: string;
  readonly table: string;
  readonly tableKey: Key;
  readonly column: string;
  readonly expression: string;
  /** A generated column's expression can never be written apart from its column. */
  readonly generated: boolean;
  /**
   * Whether it is written inside its table's CREATE unless the arrangement separates it. Views have no place for
   * a default, and a column that comes from a parent alone is not named in its table's CREATE.
   */
  readonly inline: boolean;
}

const DEFAULTS = /* sql */ `
  select 'pg_attrdef/' || d.oid as key,
    n.nspname as schema,
    a.attname as name,
    c.relname as signature,
    null as owner,
    c.relname as table,
    'pg_class/' || c.oid as "tableKey",
    a.attname as column,
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
    a.attgenerated <> '' as generated,
    c.relkind <> 'v' and (a.attislocal or c.relispartition) as inline
  from pg_catalog.pg_attrdef d
  join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  join pg_catalog.pg_class c on c.oid = d.adrelid and c.relkind in ('r', 'p', 'v', 'f')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${userSchema()} and not a.attisdropped
  order by n.nspname, c.relname, a.attnum`;

export const columnDefault: KindModule<Default> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Default, "kind">>(DEFAULTS);
    return rows.map((row) => ({ kind: "default", ...row }));
  },
  create(d, context) {
    if (d.generated || (d.inline && !context.separate.has(d.key))) return [];
    return [`ALTER TABLE ONLY ${qualified(d.schema, d.table)} ALTER COLUMN ${ident(d.column)} SET DEFAULT ${d.expression};`];
  },
  // A sequence cannot be dropped while a default uses it, so a default is dropped even where its table goes too.
  drop: (d) => (d.generated ? null : `ALTER TABLE IF EXISTS ONLY ${qualified(d.schema, d.table)} ALTER COLUMN ${ident(d.column)} DROP DEFAULT;`),
  address: (d) => `COLUMN ${qualified(d.schema, d.table)}.${ident(d.column)}`,
};
