/**
 * The temporary tables of one load: `rows` is like the target's table as far as it can refuse a row by itself, so that
 * the server's own COPY and INSERT find the rows that NOT NULL and CHECK constraints refuse. The others hold rows on
 * their way there, as text, as fields, and with their casts done.
 */
import { ident } from "../../catalog/quote.ts";
import { PgarkError } from "../../errors.ts";
import type { Session } from "../../session/session.ts";
import type { TableCheck, TableColumn } from "../target-table.ts";
import type { MergeLoad } from "./merge-load.ts";
import { createFailed } from "./one-by-one.ts";

export interface StagingTables {
  /** Those that may go on: the mapped columns, and of the others those that a constraint reads and whose values are known beforehand. */
  readonly rows: string;
  /** The fields in their staging types. Its row type reads a literal as COPY would. */
  readonly fields: string;
  /** The fields as text. */
  readonly texts: string;
  /** As `rows`, without constraints, and with `source`, the ctid in `fields` that a row came from. */
  readonly cast: string;
  /** That column of `cast`, under a name that no column of the target has. */
  readonly source: string;
  /** Rows that cannot go on, in one of the others, until they are written to the rejects. */
  readonly failed: string;
  /** CHECK constraints of `rows`. */
  readonly checks: readonly TableCheck[];
  /** Mapped columns that are NOT NULL. */
  readonly notNull: readonly string[];
  /** Columns of the target whose type is an enum, or a domain over one: text becomes it by an explicit cast only. */
  readonly enums: ReadonlySet<string>;
  readonly plpgsql: boolean;
}

interface Facts {
  readonly database: string;
  readonly mayCreate: boolean;
  readonly plpgsql: boolean;
  readonly columns: readonly ColumnFacts[];
}

interface ColumnFacts {
  readonly name: string;
  readonly default: string | null;
  /** Whether the default is the same for all rows of a statement. */
  readonly steady: boolean;
  readonly collation: string | null;
  readonly enum: boolean;
  /** The columns that the expression of a generated column reads. */
  readonly reads: readonly string[];
}

const FACTS = /* sql */ `
  select
    pg_catalog.current_database()::text as database,
    pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') as "mayCreate",
    exists (select from pg_catalog.pg_language l where l.lanname = 'plpgsql' and pg_catalog.has_language_privilege(l.oid, 'USAGE')) as plpgsql,
    coalesce((
      select json_agg(json_build_object(
        'name', a.attname,
        'default', pg_catalog.pg_get_expr(ad.adbin, ad.adrelid),
        'steady', not exists (
          select from pg_catalog.regexp_matches(ad.adbin::text, ':(?:funcid|opfuncid) (\\d+)', 'g') m
          join pg_catalog.pg_proc p on p.oid = m[1]::pg_catalog.oid where p.provolatile = 'v'),
        'collation', case when a.attcollation <> t.typcollation then (
          select pg_catalog.format('%I.%I', n.nspname, co.collname)
          from pg_catalog.pg_collation co join pg_catalog.pg_namespace n on n.oid = co.collnamespace where co.oid = a.attcollation) end,
        'enum', exists (
          with recursive base as (
            select t.typtype, t.typbasetype
            union all
            select b.typtype, b.typbasetype from base join pg_catalog.pg_type b on b.oid = base.typbasetype where base.typtype = 'd')
          select from base where typtype = 'e'),
        'reads', array(
          select distinct r.attname::text
          from pg_catalog.pg_depend d
          join pg_catalog.pg_attribute r on r.attrelid = d.refobjid and r.attnum = d.refobjsubid and r.attnum <> a.attnum
          where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = a.attrelid and a.attgenerated <> ''
            -- Up to PostgreSQL 14 it is the column that depends, then its expression.
            and ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = a.attrelid and d.objsubid = a.attnum)
              or (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = ad.oid)))))
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
      where a.attrelid = $1::pg_catalog.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns`;

/** Makes the table of the rows. Throws PERMISSION_DENIED where the role may have no temporary tables. */
export async function createRows(session: Session, load: MergeLoad): Promise<StagingTables> {
  const [facts] = await session.query<Facts>(FACTS, [load.table.oid]);
  if (facts === undefined) throw new Error("a query without FROM gave no row");
  if (!facts.mayCreate) {
    throw new PgarkError("PERMISSION_DENIED", `rows that meet others are staged in temporary tables, which the role may not make in database ${facts.database}`, {
      object: `table ${load.table.name}`,
      hint: `GRANT TEMPORARY ON DATABASE ${ident(facts.database)} to the restoring role.`,
    });
  }
  const shape = shapeOf(load, facts);
  const name = `pgark_rows_${load.load}`;
  await session.execute(`CREATE TEMPORARY TABLE ${name} ON COMMIT DROP AS SELECT ${[...shape.mapped, ...shape.others].map(ident).join(", ")} FROM ${load.table.exactly} WITH NO DATA`);
  await alter(session, name, shape.additions);
  await alter(session, name, [
    ...shape.notNull.map((column) => `ALTER ${ident(column)} SET NOT NULL`),
    ...shape.checks.map((check) => `ADD CONSTRAINT ${ident(check.name)} CHECK (${check.expression})`),
  ]);
  const source = free("pgark_source", new Set(load.table.columns.map((column) => column.name)));
  const { checks, notNull } = shape;
  const enums = new Set(facts.columns.filter((column) => column.enum).map((column) => column.name));
  const temporary = (what: string) => `pg_temp.pgark_${what}_${load.load}`;
  return { rows: `pg_temp.${name}`, fields: temporary("raw"), texts: temporary("raw_text"), cast: temporary("cast"), failed: temporary("failed"), source, checks, notNull, enums, plpgsql: facts.plpgsql };
}

/** Makes the tables that rows go through when they do not go straight into `rows`. */
export async function createWay(session: Session, { map }: MergeLoad, tables: StagingTables): Promise<void> {
  const create = (table: string, columns: readonly string[]) => `CREATE TEMPORARY TABLE ${bare(table)} (${columns.join(", ")}) ON COMMIT DROP`;
  await session.execute(
    [
      create(tables.fields, map.fields.map(({ name, stagingType }) => `${ident(name)} ${stagingType}`)),
      create(tables.texts, map.fields.map(({ name }) => `${ident(name)} pg_catalog.text`)),
      createFailed(bare(tables.failed)),
    ].join("; "),
  );
}

/** Makes the table that rows are looked at in. */
export async function createCast(session: Session, load: MergeLoad, tables: StagingTables): Promise<void> {
  // LIKE takes no checks along unless asked to, but NOT NULL always.
  const { source, notNull } = tables;
  await session.execute(`CREATE TEMPORARY TABLE ${bare(tables.cast)} (LIKE ${tables.rows} INCLUDING DEFAULTS INCLUDING GENERATED, ${ident(source)} pg_catalog.tid) ON COMMIT DROP`);
  await alter(session, tables.cast, notNull.map((column) => `ALTER ${ident(column)} DROP NOT NULL`));
}

export async function dropTables(session: Session, { rows, fields, texts, cast, failed }: StagingTables): Promise<void> {
  await session.execute(`DROP TABLE IF EXISTS ${[rows, fields, texts, cast, failed].join(", ")}`);
}

interface Shape {
  readonly mapped: readonly string[];
  /** Columns that take a default, or NULL. */
  readonly others: readonly string[];
  /** ALTER TABLE's words for their defaults and for the generated columns. */
  readonly additions: readonly string[];
  readonly checks: readonly TableCheck[];
  readonly notNull: readonly string[];
}

/** Which columns and constraints the rows can have. What reads a value that is not known beforehand is left to the INSERT. */
function shapeOf(load: MergeLoad, { columns }: Facts): Shape {
  const { table, map } = load;
  const facts = new Map(columns.map((column) => [column.name, column]));
  const mapped = new Set(map.columns.map(({ name }) => name));
  const wanted = readColumns(load);
  const generated = table.columns.filter((column) => column.generated !== null && wanted.has(column.name));
  for (const { name } of generated) for (const read of facts.get(name)?.reads ?? []) wanted.add(read);
  const others = table.columns.filter((column) => wanted.has(column.name) && !mapped.has(column.name) && column.generated === null && isSteady(column, facts.get(column.name)));
  const known = new Set([...mapped, ...others.map(({ name }) => name)]);
  const computed = generated.filter(({ name }) => facts.get(name)?.reads.every((read) => known.has(read)) ?? false);
  for (const { name } of computed) known.add(name);
  return {
    mapped: [...mapped],
    others: others.map(({ name }) => name),
    additions: [...others.flatMap(({ name }) => defaultOf(facts.get(name))), ...computed.map((column) => addGenerated(column, facts.get(column.name)))],
    // tableoid would be the temporary table's.
    checks: table.checks.filter(({ columns: read, expression }) => read !== null && read.every((column) => known.has(column)) && !/\btableoid\b/i.test(expression)),
    notNull: table.columns.filter(({ name, notNull }) => notNull && mapped.has(name)).map(({ name }) => name),
  };
}

/** Columns that a constraint reads, and perhaps a few more: an expression's text is searched for their names. */
function readColumns({ table, foreignKeys }: MergeLoad): Set<string> {
  const plain = [...table.checks.map(({ columns }) => columns ?? []), ...[...table.foreignKeys, ...foreignKeys].map(({ columns }) => columns)].flat();
  const expressions = [
    ...table.keys.flatMap(({ parts, predicate }) => [...parts, predicate ?? ""]),
    ...table.exclusions.flatMap(({ elements, predicate }) => [...elements.map(({ part }) => part), predicate ?? ""]),
  ].join("\n");
  const read = new Set(plain);
  for (const { name } of table.columns) if (expressions.includes(name.replaceAll('"', '""'))) read.add(name);
  return read;
}

function isSteady(column: TableColumn, facts: ColumnFacts | undefined): boolean {
  return column.identity === null && (facts?.steady ?? false);
}

function defaultOf(facts: ColumnFacts | undefined): readonly string[] {
  return facts === undefined || facts.default === null ? [] : [`ALTER ${ident(facts.name)} SET DEFAULT ${facts.default}`];
}

/** Stored, even where it is virtual on the target: staged rows are compared by it. */
function addGenerated({ name, type, generated }: TableColumn, facts: ColumnFacts | undefined): string {
  const collation = facts?.collation == null ? "" : ` COLLATE ${facts.collation}`;
  return `ADD COLUMN ${ident(name)} ${type}${collation} GENERATED ALWAYS AS (${generated}) STORED`;
}

async function alter(session: Session, table: string, actions: readonly string[]): Promise<void> {
  if (actions.length > 0) await session.execute(`ALTER TABLE ${table.startsWith("pg_temp.") ? table : `pg_temp.${table}`} ${actions.join(", ")}`);
}

/** CREATE TEMPORARY TABLE takes the name without its schema. */
function bare(table: string): string {
  return table.replace(/^pg_temp\./, "");
}

function free(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? free(`${name}_`, taken) : name;
}
