/**
 * The columns of tables, views and materialized views: one query part that gives them all as json per relation,
 * and the ALTERs that say what a CREATE cannot.
 */
import { foreignOptionsSql } from "./foreign-options.ts";
import type { Acl, Key } from "./kind.ts";
import { aclSql, type CollationName, collationSql, userSchema } from "./fragments.ts";
import { isLate } from "./late-constraints.ts";
import { ident, qualified } from "./quote.ts";
import { storageParameters } from "./relation-fragments.ts";
import type { TypeFacts } from "./type-facts.ts";

/** What every column has, a view's too. */
export interface Column {
  /** `attnum`: not the position, where columns were dropped. */
  readonly number: number;
  readonly name: string;
  /** With its modifier, schema-qualified: `numeric(10,2)`, `public.vector(768)`. */
  readonly type: string;
  /** Null when it is the type's own. */
  readonly collation: CollationName | null;
  /** The `pg_attrdef` row of its default or generation expression. */
  readonly defaultKey: Key | null;
  /** The default; null for generated columns. */
  readonly defaultExpression: string | null;
  /** Grants on the column alone. */
  readonly acl: Acl | null;
}

/** How a column that is stored is kept. */
export interface ColumnStorage {
  /** Null for the server's default. */
  readonly statisticsTarget: number | null;
  /** Null when it is the type's own. */
  readonly storage: "plain" | "external" | "main" | "extended" | null;
  /** Null for the server's default. */
  readonly compression: "pglz" | "lz4" | null;
  /** `attoptions`, `n_distinct=…`; without `pg_attver`, which some minor releases keep there for themselves. */
  readonly options: readonly string[];
}

/** A column of a materialized view. */
export interface StoredColumn extends Column, ColumnStorage {}

/** A column of a table or foreign table. */
export interface DefinedColumn extends StoredColumn {
  readonly notNull: boolean;
  /** False when NOT NULL comes from a parent alone. Before 18 the catalogs do not tell, and a parent's counts. */
  readonly notNullLocal: boolean;
  /** The constraint that NOT NULL is from 18 on; null before. */
  readonly notNullConstraint: NotNullConstraint | null;
  readonly identity: "always" | "by default" | null;
  readonly generated: "stored" | "virtual" | null;
  readonly generationExpression: string | null;
  /** All parents generate it by the same expression: an inheritance child must not say it again. */
  readonly generationInherited: boolean;
  /** A parent has a default and this column has none: `DEFAULT NULL` has to say so. */
  readonly hidesParentDefault: boolean;
  /** False for columns that come from a parent alone. */
  readonly local: boolean;
}

export interface TableColumn extends DefinedColumn {
  /** What src/values needs to know of the type to call it safe for binary. */
  readonly wire: TypeFacts;
}

export interface NotNullConstraint {
  readonly key: Key;
  readonly name: string;
  readonly noInherit: boolean;
  readonly validated: boolean;
  /** It comes after the rows: it is NOT VALID, or comes from a parent's that is. */
  readonly late: boolean;
  /** Another table of the schema has a constraint of that name, and may be made before. Archives of before do not say it. */
  readonly shared?: boolean;
}

const BASE = /* sql */ `
        'number', a.attnum,
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'collation', ${collationSql("a.attcollation", "t.typcollation")},
        'defaultKey', 'pg_attrdef/' || d.oid,
        'defaultExpression', case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
        'acl', case when a.attacl is not null then ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "a.attacl", type: "c", owner: "c.relowner", column: "a.attnum" })} end`;

function storage(serverVersion: number): string {
  return /* sql */ `,
        -- -1 said "the default" until 16, null does since.
        'statisticsTarget', nullif(a.attstattarget, -1),
        'storage', case when a.attstorage <> t.typstorage then case a.attstorage
          when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' when 'x' then 'extended' end end,
        'compression', ${serverVersion < 140_000 ? "null" : "case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end"},
        'options', array(select o from unnest(a.attoptions) o where o not like 'pg\\_attver=%')`;
}

function defined(serverVersion: number): string {
  return /* sql */ `,
        'notNull', a.attnotnull,
        'notNullLocal', ${serverVersion < 180_000 ? "a.attnotnull and p.not_null is not true" : "coalesce(nn.conislocal, a.attnotnull)"},
        'notNullConstraint', ${
          serverVersion < 180_000
            ? "null"
            : `case when nn.oid is not null then json_build_object('key', 'pg_constraint/' || nn.oid, 'name', nn.conname,
            'noInherit', nn.connoinherit, 'validated', nn.convalidated, 'late', ${isLate("nn")},
            'shared', (nn.connamespace, nn.conname) in (select o.connamespace, o.conname from pg_catalog.pg_constraint o where o.coninhcount = 0 group by 1, 2 having count(*) > 1)) end`
        },
        'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
        'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
        'generationExpression', case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
        'generationInherited', coalesce(a.attgenerated <> '' and not c.relispartition and pg_catalog.pg_get_expr(d.adbin, d.adrelid) = all (p.generations), false),
        'hidesParentDefault', d.oid is null and p.has_default is true and not c.relispartition,
        'local', a.attislocal`;
}

/** The type's OID finds its facts, and is not kept. */
const TABLE = /* sql */ `,
        'typeOid', a.atttypid::int8`;

const FOREIGN = /* sql */ `,
        'foreignOptions', ${foreignOptionsSql("a.attfdwoptions")}`;

/** What the parents say of a column of the same name. */
const PARENT_COLUMNS = /* sql */ `parent_columns as (
    select i.inhrelid, pa.attname,
      bool_or(pa.attnotnull) as not_null,
      bool_or(pd.oid is not null and pa.attgenerated = '') as has_default,
      array_agg(pg_catalog.pg_get_expr(pd.adbin, pd.adrelid)) filter (where pa.attgenerated <> '') as generations
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhparent and c.relkind in ('r', 'p', 'f')
    join pg_catalog.pg_attribute pa on pa.attrelid = i.inhparent and pa.attnum > 0 and not pa.attisdropped
    left join pg_catalog.pg_attrdef pd on pd.adrelid = pa.attrelid and pd.adnum = pa.attnum
    group by i.inhrelid, pa.attname
  )`;

/**
 * Common table expressions that end in `columns (relation, columns)`: the columns of each relation of the kind as
 * a json array in their order. A relation without columns has no row. For tables, `LATE_CONSTRAINTS` comes before.
 */
export function columnsOf(relation: "view" | "materialized view" | "table" | "foreign table", serverVersion: number): string {
  const isTable = relation === "table" || relation === "foreign table";
  const kinds = { view: "('v')", "materialized view": "('m')", table: "('r', 'p')", "foreign table": "('f')" }[relation];
  const fields = [BASE];
  if (relation !== "view") fields.push(storage(serverVersion));
  if (isTable) fields.push(defined(serverVersion), relation === "table" ? TABLE : FOREIGN);
  return /* sql */ `${isTable ? `${PARENT_COLUMNS}, ` : ""}columns as (
    select a.attrelid as relation, json_agg(json_build_object(${fields.join("")}
      ) order by a.attnum) as columns
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ${kinds}
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and ${userSchema()}
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    ${isTable ? "left join parent_columns p on p.inhrelid = a.attrelid and p.attname = a.attname" : ""}
    ${isTable && serverVersion >= 180_000 ? "left join pg_catalog.pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey = array[a.attnum]" : ""}
    where a.attnum > 0 and not a.attisdropped
    group by a.attrelid
  )`;
}

/** ` COLLATE …`, or nothing for the type's own. */
export function collateClause(column: Pick<Column, "collation">): string {
  return column.collation === null ? "" : ` COLLATE ${qualified(column.collation.schema, column.collation.name)}`;
}

/** Statistics target, storage, compression and options, one ALTER each. For inherited columns too: they are not inherited. */
export function storageStatements(schema: string, name: string, columns: readonly StoredColumn[]): readonly string[] {
  return columns.flatMap((column) => {
    const actions: string[] = [];
    if (column.statisticsTarget !== null) actions.push(`SET STATISTICS ${column.statisticsTarget}`);
    if (column.storage !== null) actions.push(`SET STORAGE ${column.storage.toUpperCase()}`);
    if (column.compression !== null) actions.push(`SET COMPRESSION ${column.compression}`);
    if (column.options.length > 0) actions.push(`SET (${storageParameters(column.options).join(", ")})`);
    return actions.map((action) => `ALTER TABLE ONLY ${qualified(schema, name)} ALTER COLUMN ${ident(column.name)} ${action};`);
  });
}
