/**
 * A table of the target, as far as rows that come into it are concerned: its columns, and its own constraints that
 * could refuse a row. Read once for the tables of a plan, in a handful of queries for all of them. Not told: the bounds
 * of a partition, what only a partition of the table has, and the checks of domains.
 */
import { qualified } from "../catalog/quote.ts";
import type { Session } from "../session/session.ts";

export interface TargetTable {
  readonly oid: number;
  /** `public.rules`, quoted where needed. */
  readonly name: string;
  /** What SELECT, UPDATE and DELETE name to mean these rows and no others: `ONLY public.rules`, or the bare name of a partitioned table. */
  readonly exactly: string;
  readonly partitioned: boolean;
  /** Live columns, in the table's order. */
  readonly columns: readonly TableColumn[];
  /** Unique constraints and unique indexes, valid ones only: the primary key first, then constraints, then indexes, each by name. */
  readonly keys: readonly UniqueKey[];
  readonly checks: readonly TableCheck[];
  readonly exclusions: readonly Exclusion[];
  /** Those whose referencing side this table is, clones on a partition included, one for each rule that a row has to meet. */
  readonly foreignKeys: readonly TableForeignKey[];
}

export interface TableColumn {
  readonly name: string;
  /** `format_type` with the modifier: `character varying(40)`. */
  readonly type: string;
  /** `format_type(…, -1)`: what a cast names so that it does not cut anything off: `character varying`, `"bit"`. */
  readonly bareType: string;
  /** NOT NULL, of its own or by its domain. */
  readonly notNull: boolean;
  /** A default, an identity, or a default of its type. */
  readonly hasDefault: boolean;
  /** The expression of a generated column, null for others. */
  readonly generated: string | null;
  readonly identity: "always" | "by-default" | null;
}

export interface UniqueKey {
  /** Of the constraint, or of the index where there is none. */
  readonly name: string;
  readonly primary: boolean;
  readonly constraint: boolean;
  /** DEFERRABLE: no arbiter for ON CONFLICT, and checked later than the statement. */
  readonly deferrable: boolean;
  readonly nullsNotDistinct: boolean;
  /** Each key part as SQL over the table's bare column names: `id`, `lower(email)`. */
  readonly parts: readonly string[];
  /** What makes two values of each part equal, ready for OPERATOR(…): `pg_catalog.=`, `public.=` for citext; a temporal key's last is `pg_catalog.&&`. */
  readonly operators: readonly string[];
  /** The columns, when every part is a plain one under the column's own collation; null otherwise. */
  readonly columns: readonly string[] | null;
  /** The columns that the parts and the predicate read, in the table's order. */
  readonly reads: readonly string[];
  /** Whether a part can be NULL. */
  readonly nullable: boolean;
  /** The WHERE of a partial index, null otherwise. */
  readonly predicate: string | null;
  /** A temporal key's last column is compared with `&&`: WITHOUT OVERLAPS (PostgreSQL 18). */
  readonly withoutOverlaps: boolean;
}

export interface TableCheck {
  readonly name: string;
  /** Over the table's bare column names. */
  readonly expression: string;
  /** The columns that it reads; null when it reads the whole row. */
  readonly columns: readonly string[] | null;
}

export interface Exclusion {
  readonly name: string;
  readonly deferrable: boolean;
  /** Key parts as in `UniqueKey.parts`, each with the operator that must not hold: `pg_catalog.&&`, ready for OPERATOR(…). */
  readonly elements: readonly { readonly part: string; readonly operator: string }[];
  readonly predicate: string | null;
}

export interface TableForeignKey {
  readonly oid: number;
  /** The outermost of its clones, which is what can be dropped; its own OID where it is none. */
  readonly rootOid: number;
  readonly name: string;
  readonly columns: readonly string[];
  readonly parentOid: number;
  /** Qualified. */
  readonly parent: string;
  /** As `TargetTable.exactly`: the rows that count as parents. */
  readonly parentExactly: string;
  readonly parentColumns: readonly string[];
  /** What compares a parent's column (left) with this table's (right), ready for OPERATOR(…). Of `period`, the last one says whether they overlap. */
  readonly operators: readonly string[];
  readonly deferrable: boolean;
  readonly matchFull: boolean;
  /** False for NOT VALID ones: rows that are there may be orphans. New rows are checked all the same. */
  readonly validated: boolean;
  /** False for NOT ENFORCED ones (PostgreSQL 18), which refuse nothing. */
  readonly enforced: boolean;
  /** PostgreSQL 18: the last column is compared by containment in a range. */
  readonly period: boolean;
}

/**
 * Reads the tables with these OIDs; what is no table, or a foreign one, is not in the answer. The number of queries
 * does not grow with their number. The session must have an empty search_path, so that the printers qualify.
 */
export async function readTargetTables(session: Session, oids: readonly number[]): Promise<ReadonlyMap<number, TargetTable>> {
  const read = <Row extends object>(sql: string) => session.query<Row>(sql, [oids]);
  const tables = await read<TableRow>(TABLES);
  const indexes = groupByTable(await read<IndexRow & OfTable>(indexesOn(session.serverVersion)));
  const checks = groupByTable(await read<TableCheck & OfTable>(checksOn(session.serverVersion)));
  const foreignKeys = groupByTable(await read<ForeignKeyRow & OfTable>(foreignKeysOn(session.serverVersion)));
  const rows = tables.map(({ oid, schema, table, partitioned, columns }): [number, TargetTable] => {
    const name = qualified(schema, table);
    const own = indexes.get(oid) ?? [];
    return [
      oid,
      {
        oid,
        name,
        exactly: exactly(name, partitioned),
        partitioned,
        columns,
        keys: own.filter(({ exclusion }) => !exclusion).map((index) => keyOf(index, columns)),
        checks: checks.get(oid) ?? [],
        exclusions: own.filter(({ exclusion }) => exclusion).map(exclusionOf),
        foreignKeys: (foreignKeys.get(oid) ?? []).map(foreignKeyOf),
      },
    ];
  });
  return new Map(rows);
}

interface OfTable {
  readonly table: number;
}

interface TableRow {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly partitioned: boolean;
  readonly columns: readonly TableColumn[];
}

// A type that is a domain, on whatever level, can bring NOT NULL; its default was copied from below when it was made.
const TABLES = /* sql */ `
  with recursive level (domain, base, strict) as (
    select t.oid, t.typbasetype, t.typnotnull from pg_catalog.pg_type t where t.typtype = 'd'
    union all
    select l.domain, t.typbasetype, t.typnotnull from level l join pg_catalog.pg_type t on t.oid = l.base and t.typtype = 'd'
  )
  select c.oid, n.nspname::text as schema, c.relname::text as table, c.relkind = 'p' as partitioned,
    coalesce((
      select json_agg(json_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'bareType', pg_catalog.format_type(a.atttypid, -1),
        'notNull', a.attnotnull or a.atttypid in (select domain from level where strict),
        'hasDefault', a.attidentity <> '' or (a.attgenerated = '' and case
          -- DEFAULT NULL is kept where it hides the default of a domain.
          when a.atthasdef then pg_catalog.pg_get_expr(d.adbin, d.adrelid) not like 'NULL::%'
          else t.typdefault is not null end),
        'generated', case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) end,
        'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by-default' end) order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = any ($1::oid[]) and c.relkind in ('r', 'p')`;

interface IndexRow {
  readonly name: string;
  readonly exclusion: boolean;
  readonly primary: boolean;
  readonly constraint: boolean;
  readonly deferrable: boolean;
  readonly nullsNotDistinct: boolean;
  readonly predicate: string | null;
  readonly withoutOverlaps: boolean;
  /** What its expressions and its predicate read, and all that it includes; empty for a constraint's. */
  readonly uses: readonly string[];
  readonly parts: readonly { readonly part: string; readonly column: string | null; readonly operator: string }[];
}

/** Unique and exclusion indexes. A part's collation is said where it is not its column's, as the printer leaves it out. */
function indexesOn(serverVersion: number): string {
  return /* sql */ `
  select i.indrelid as "table", coalesce(k.conname, ic.relname)::text as name,
    coalesce(k.contype = 'x', false) as exclusion,
    i.indisprimary as primary, k.oid is not null as constraint, not i.indimmediate as deferrable,
    ${serverVersion >= 150_000 ? "i.indnullsnotdistinct" : "false"} as "nullsNotDistinct",
    pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) as predicate,
    ${serverVersion >= 180_000 ? "coalesce(k.conperiod, false)" : "false"} as "withoutOverlaps",
    array(select a.attname::text from pg_catalog.pg_depend d join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = i.indexrelid
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = i.indrelid and d.refobjsubid > 0) as uses,
    (select json_agg(json_build_object(
        'part', pg_catalog.pg_get_indexdef(i.indexrelid, x.n, true) || coalesce(' COLLATE ' || l.name, ''),
        'column', case when l.name is null then a.attname end,
        'operator', pg_catalog.quote_ident(o.nspname) || '.' || o.oprname) order by x.n)
     from pg_catalog.generate_series(1, i.indnkeyatts) as x (n)
     left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[x.n - 1] and a.attnum > 0
     left join lateral (
       select pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(l.collname) as name
       from pg_catalog.pg_collation l join pg_catalog.pg_namespace ln on ln.oid = l.collnamespace
       where l.oid = i.indcollation[x.n - 1] and l.oid <> coalesce(a.attcollation, 'pg_catalog."default"'::pg_catalog.regcollation)) l on true
     left join lateral (
       select n.nspname, o.oprname
       from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
       -- A constraint that says its operators, else the equality of a B-tree: strategy 3.
       where o.oid = coalesce(k.conexclop[x.n], (
         select e.amopopr from pg_catalog.pg_opclass oc
         join pg_catalog.pg_amop e on e.amopfamily = oc.opcfamily and e.amoplefttype = oc.opcintype and e.amoprighttype = oc.opcintype and e.amopstrategy = 3
         where oc.oid = i.indclass[x.n - 1]))) o on true) as parts
  from pg_catalog.pg_index i
  join pg_catalog.pg_class ic on ic.oid = i.indexrelid
  left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
  where i.indrelid = any ($1::oid[]) and i.indisvalid and (i.indisunique or i.indisexclusion)
  order by i.indisprimary desc, k.oid is null, coalesce(k.conname, ic.relname)`;
}

/** Those that NOT ENFORCED says nothing of are left out; NOT VALID ones hold for new rows. A whole row or a system column is no column by number. */
function checksOn(serverVersion: number): string {
  return /* sql */ `
  select k.conrelid as "table", k.conname::text as name, pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) as expression,
    case when 0 < all (coalesce(k.conkey, '{}')) then array(
      select a.attname::text from pg_catalog.pg_attribute a
      where a.attrelid = k.conrelid and a.attnum = any (k.conkey) order by a.attnum) end as columns
  from pg_catalog.pg_constraint k
  where k.contype = 'c' and k.conrelid = any ($1::oid[]) ${serverVersion >= 180_000 ? "and k.conenforced" : ""}
  order by k.conname`;
}

interface ForeignKeyRow extends Omit<TableForeignKey, "parent" | "parentExactly"> {
  readonly parentSchema: string;
  readonly parentTable: string;
  readonly parentPartitioned: boolean;
}

// A key to a partitioned table has rows for each of that one's partitions too, with another parent than the root has:
// they are the server's own notes, not rules of their own.
function foreignKeysOn(serverVersion: number): string {
  return /* sql */ `
  with recursive up (oid, root, next) as (
    select k.oid, k.oid, k.conparentid from pg_catalog.pg_constraint k where k.contype = 'f' and k.conrelid = any ($1::oid[])
    union all
    select u.oid, k.oid, k.conparentid from up u join pg_catalog.pg_constraint k on k.oid = u.next
  )
  select k.conrelid as "table", k.oid, u.root as "rootOid", k.conname::text as name,
    array(select a.attname::text from unnest(k.conkey) with ordinality as x (attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.attnum order by x.position) as columns,
    k.confrelid as "parentOid", n.nspname::text as "parentSchema", c.relname::text as "parentTable", c.relkind = 'p' as "parentPartitioned",
    array(select a.attname::text from unnest(k.confkey) with ordinality as x (attnum, position)
      join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.attnum order by x.position) as "parentColumns",
    array(select pg_catalog.quote_ident(opn.nspname) || '.' || o.oprname from unnest(k.conpfeqop) with ordinality as x (operator, position)
      join pg_catalog.pg_operator o on o.oid = x.operator join pg_catalog.pg_namespace opn on opn.oid = o.oprnamespace order by x.position) as operators,
    k.condeferrable as deferrable, k.confmatchtype = 'f' as "matchFull", k.convalidated as validated,
    ${serverVersion >= 180_000 ? "k.conenforced" : "true"} as enforced,
    ${serverVersion >= 180_000 ? "k.conperiod" : "false"} as period
  from up u
  join pg_catalog.pg_constraint k on k.oid = u.oid
  join pg_catalog.pg_constraint root on root.oid = u.root
  join pg_catalog.pg_class c on c.oid = k.confrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where u.next = 0 and k.confrelid = root.confrelid
  order by k.conname, k.oid`;
}

function keyOf({ name, primary, constraint, deferrable, nullsNotDistinct, predicate, withoutOverlaps, uses, parts }: IndexRow, columns: readonly TableColumn[]): UniqueKey {
  const names = parts.flatMap(({ column }) => column ?? []);
  const plain = names.length === parts.length;
  const reads = new Set(plain && predicate === null ? names : [...names, ...uses]);
  const strict = new Set(columns.filter(({ notNull }) => notNull).map((column) => column.name));
  return {
    name,
    primary,
    constraint,
    deferrable,
    nullsNotDistinct,
    parts: parts.map(({ part }) => part),
    operators: parts.map(({ operator }) => operator),
    columns: plain ? names : null,
    reads: columns.flatMap((column) => (reads.has(column.name) ? column.name : [])),
    nullable: parts.some(({ column }) => column === null || !strict.has(column)),
    predicate,
    withoutOverlaps,
  };
}

function exclusionOf({ name, deferrable, parts, predicate }: IndexRow): Exclusion {
  return { name, deferrable, elements: parts.map(({ part, operator }) => ({ part, operator })), predicate };
}

function foreignKeyOf({ parentSchema, parentTable, parentPartitioned, ...key }: ForeignKeyRow): TableForeignKey {
  const parent = qualified(parentSchema, parentTable);
  return { ...key, parent, parentExactly: exactly(parent, parentPartitioned) };
}

function exactly(name: string, partitioned: boolean): string {
  return partitioned ? name : `ONLY ${name}`;
}

/** The rows by their table, which they then no longer name. */
function groupByTable<Row extends OfTable>(rows: readonly Row[]): ReadonlyMap<number, readonly Omit<Row, "table">[]> {
  const groups = new Map<number, Omit<Row, "table">[]>();
  for (const { table, ...row } of rows) {
    const group = groups.get(table);
    if (group === undefined) groups.set(table, [row]);
    else group.push(row);
  }
  return groups;
}
