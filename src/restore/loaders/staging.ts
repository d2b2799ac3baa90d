/**
 * Rows of the archive into a temporary table from which they can be merged. At first all rows of a chunk go by one
 * COPY, or by one INSERT with their casts; only when the server refuses that are they looked at in smaller and smaller
 * groups, and those that cannot go are written to `pgark.rejects`. It does not look at the target's rows.
 */
import { columnList, ident, literal } from "../../catalog/quote.ts";
import { PgarkError } from "../../errors.ts";
import type { Session } from "../../session/session.ts";
import { castExpression, directColumns, lossyCheck, type MappedColumn } from "../column-map.ts";
import { copyChunk, type CopyTarget, startCopy } from "./copy.ts";
import type { MergeLoad, Staging } from "./merge-load.ts";
import { attempt, moveRows } from "./one-by-one.ts";
import { tellFields, tellTexts, type Told, writeRejects } from "./rejects.ts";
import { createCast, createRows, createWay, dropTables, type StagingTables } from "./staging-tables.ts";

/** What a row is rejected for that cannot become the target's columns. */
const TYPE_CAST = "type cast";
/** And one for which evaluating a check failed; the server does not say which. */
const CHECK = "check";
/** How much of an old and a new value a message shows. */
const SHOWN = 40;

/** Makes the staging of a load in the running transaction. `chunk` is what rejected rows are noted with. Throws PERMISSION_DENIED where the role may have no temporary tables. */
export async function openStaging(session: Session, load: MergeLoad, chunk: number): Promise<Staging> {
  return new TableStaging(session, load, chunk, await createRows(session, load));
}

class TableStaging implements Staging {
  readonly #session: Session;
  readonly #load: MergeLoad;
  readonly #chunk: number;
  readonly #tables: StagingTables;
  #archived = 0;
  #rejected = 0;
  #hasWay = false;

  constructor(session: Session, load: MergeLoad, chunk: number, tables: StagingTables) {
    this.#session = session;
    this.#load = load;
    this.#chunk = chunk;
    this.#tables = tables;
  }

  get rows(): string {
    return this.#tables.rows;
  }

  get archived(): number {
    return this.#archived;
  }

  get rejected(): number {
    return this.#rejected;
  }

  async add(open: () => AsyncIterable<Uint8Array>, onBytes: (count: number) => void): Promise<void> {
    const { map, format } = this.#load;
    if (!map.direct) await this.#openWay();
    const first = await attempt(this.#session, () => copyChunk(this.#session, map.direct ? this.#straight() : this.#toFields(), open(), onBytes));
    if ("done" in first) {
      if (!map.direct) return this.#takeFields(first.done, map.where);
      this.#archived += first.done;
      return;
    }
    // Binary fields that their own types cannot read, no table can take.
    if (format === "copy-binary" && !map.direct) throw first.refused;
    await this.#openWay();
    const again = format === "copy-binary" ? this.#toFields() : this.#toTexts();
    await this.#take(await copyChunk(this.#session, again, open(), () => {}), map.where);
  }

  async writer(): Promise<{ write(bytes: Uint8Array): Promise<void>; finish(): Promise<void> }> {
    const { map, format } = this.#load;
    await this.#openWay();
    const copy = await startCopy(this.#session, format === "copy-binary" ? this.#toFields() : this.#toTexts());
    return {
      write: (bytes) => copy.write(bytes),
      finish: async () => this.#take(await copy.finish(), map.where),
    };
  }

  async addSelect(select: string): Promise<void> {
    await this.#openWay();
    await this.#takeFields(await this.#session.execute(`INSERT INTO ${this.#tables.fields} ${select}`), this.#load.map.where);
  }

  async addRejects(): Promise<number> {
    const { map, load, key } = this.#load;
    await this.#openWay();
    const { texts } = this.#tables;
    // A row whose key an earlier one has would meet that one now.
    const first = key === null || key.withoutOverlaps ? "" : ` AND constraint_name <> ${literal(key.name)}`;
    const tried = await this.#session.execute(
      `WITH d AS (DELETE FROM pgark.rejects WHERE load = ${load}${first} RETURNING literal::${texts} AS r)
       INSERT INTO ${texts} SELECT ${map.fields.map(({ name }) => `(d.r).${ident(name)}`).join(", ")} FROM d`,
    );
    // They met the condition when they first came. Fields that the target has no place for may have been lost since.
    await this.#takeTexts(tried, null);
    return tried;
  }

  async drop(): Promise<void> {
    await dropTables(this.#session, this.#tables);
  }

  async #openWay(): Promise<void> {
    if (!this.#hasWay) await createWay(this.#session, this.#load, this.#tables);
    this.#hasWay = true;
  }

  #straight(): CopyTarget {
    const { map, format } = this.#load;
    return { table: this.#tables.rows, columns: directColumns(map), format, freeze: false };
  }

  #toFields(): CopyTarget {
    return { table: this.#tables.fields, columns: this.#load.map.fields.map(({ name }) => name), format: this.#load.format, freeze: false };
  }

  #toTexts(): CopyTarget {
    return { ...this.#toFields(), table: this.#tables.texts };
  }

  #take(count: number, where: string | null): Promise<void> {
    return this.#load.format === "copy-binary" ? this.#takeFields(count, where) : this.#takeTexts(count, where);
  }

  /** From `texts` on: each field is read as COPY would have read it, by the row type of `fields`. */
  async #takeTexts(count: number, where: string | null): Promise<void> {
    const { fields, texts, failed, plpgsql } = this.#tables;
    const names = this.#load.map.fields.map(({ name }) => ident(name));
    const read = `ROW(${names.map((name) => `r.${name}`).join(", ")})::pg_catalog.text::${fields}`;
    // OFFSET 0 keeps the planner from reading the literal again for each of its fields.
    const insert = (condition: string) =>
      `INSERT INTO ${fields} SELECT ${names.map((name) => `(t.r).${name}`).join(", ")} FROM (SELECT ${read} AS r FROM ${texts} r WHERE ${condition} OFFSET 0) t`;
    const result = await moveRows(this.#session, { from: texts, insert, failed, plpgsql });
    this.#require(count, result.moved + result.failed);
    this.#archived += result.failed;
    if (result.failed > 0) await this.#reject(tellTexts(this.#load, "r"), TYPE_CAST, `${texts} r ON r.ctid = f.source`);
    await this.#session.execute(`TRUNCATE ${texts}`);
    await this.#takeFields(result.moved, where);
  }

  /** From `fields` on: by one INSERT with the casts; where that is refused, or a cast may lose something, with a closer look. */
  async #takeFields(count: number, where: string | null): Promise<void> {
    const { rows, fields } = this.#tables;
    const { map } = this.#load;
    const straight = map.columns.some(({ lossy }) => lossy) ? null : await attempt(this.#session, () => this.#session.execute(this.#cast(rows, where, null)("true")));
    if (straight !== null && "done" in straight) {
      if (where === null) this.#require(count, straight.done);
      this.#archived += straight.done;
    } else await this.#lookCloser(count, where);
    await this.#session.execute(`TRUNCATE ${fields}`);
  }

  /** Casts, then what the casts lost, then constraints; the rest goes into `rows`. */
  async #lookCloser(count: number, where: string | null): Promise<void> {
    const { rows, fields, cast, source, failed, plpgsql } = this.#tables;
    await createCast(this.#session, this.#load, this.#tables);
    const told = tellFields(this.#load, "r");
    const result = await moveRows(this.#session, { from: fields, insert: this.#cast(cast, where, source), failed, plpgsql });
    const taken = result.moved + result.failed;
    if (where === null) this.#require(count, taken);
    this.#archived += taken;
    const before = this.#rejected;
    if (result.failed > 0) await this.#reject(told, TYPE_CAST, `${fields} r ON r.ctid = f.source`);
    await this.#rejectLost(told);
    await this.#rejectConstrained(told);
    const columns = this.#columns();
    const list = columns.length === 0 ? "" : ` ${columnList(columns)}`;
    const insert = (condition: string) => `INSERT INTO ${rows}${list} SELECT ${columns.map((name) => `r.${ident(name)}`).join(", ")} FROM ${cast} r WHERE ${condition}`;
    const last = await moveRows(this.#session, { from: cast, insert, failed, plpgsql });
    if (last.failed > 0) await this.#reject(told, CHECK, `${cast} c ON c.ctid = f.source JOIN ${fields} r ON r.ctid = c.${ident(source)}`);
    this.#require(taken - (this.#rejected - before), last.moved);
    await this.#session.execute(`DROP TABLE ${cast}`);
  }

  /** Rows that a cast changed in silence, or whose values have no way back to compare them by. */
  async #rejectLost(told: Told): Promise<void> {
    const { cast, fields, source, failed, plpgsql } = this.#tables;
    const cases = this.#load.map.columns.flatMap((column) => {
      const reference = `r.${ident(column.field)}`;
      const lost = lossyCheck(column, reference);
      const shown = (value: string) => `COALESCE(pg_catalog."left"(${value}::pg_catalog.text, ${SHOWN}), 'NULL')`;
      return lost === null ? [] : [`WHEN ${lost} THEN ${literal(`column ${column.name}: `)} || ${shown(reference)} || ' would become ' || ${shown(`c.${ident(column.name)}`)}`];
    });
    if (cases.length === 0) return;
    const insert = (condition: string) =>
      `INSERT INTO ${failed} SELECT l.source, ${literal(TYPE_CAST)}, l.message
       FROM (SELECT r.ctid AS source, CASE ${cases.join(" ")} END AS message FROM ${fields} r JOIN ${cast} c ON c.${ident(source)} = r.ctid WHERE ${condition}) l
       WHERE l.message IS NOT NULL`;
    const found = await moveRows(this.#session, { from: fields, insert, failed, plpgsql });
    if (found.moved + found.failed > 0) await this.#rejectFromCast(told);
  }

  /** Rows that NOT NULL or a check refuses, in one query; where a check cannot be evaluated for some row, they are found by their INSERT. */
  async #rejectConstrained(told: Told): Promise<void> {
    const { cast, source, failed, notNull, checks } = this.#tables;
    const table = this.#load.table.name;
    const rules = [
      ...notNull.map((name) => ({ broken: `${ident(name)} IS NULL`, name: `not null of column ${name}`, message: `null value in column ${name} of ${table} violates not-null constraint` })),
      ...checks.map(({ name, expression }) => ({ broken: `(${expression}) IS FALSE`, name, message: `new row for ${table} violates check constraint ${name}` })),
    ];
    if (rules.length === 0) return;
    const choose = (what: (rule: (typeof rules)[number]) => string) => `(ARRAY[${rules.map((rule) => literal(what(rule))).join(", ")}])[b.rule]`;
    // Bare names are the columns of `cast` and of nothing else.
    const broken = `SELECT ${ident(source)} AS source, CASE ${rules.map((rule, index) => `WHEN ${rule.broken} THEN ${index + 1}`).join(" ")} END AS rule FROM ${cast}`;
    const found = await attempt(this.#session, () =>
      this.#session.execute(`INSERT INTO ${failed} SELECT b.source, ${choose(({ name }) => name)}, ${choose(({ message }) => message)} FROM (${broken}) b WHERE b.rule IS NOT NULL`),
    );
    if ("done" in found && found.done > 0) await this.#rejectFromCast(told);
  }

  async #rejectFromCast(told: Told): Promise<void> {
    const { cast, fields, source, failed } = this.#tables;
    await this.#session.execute(`DELETE FROM ${cast} c USING ${failed} f WHERE c.${ident(source)} = f.source`);
    await this.#reject(told, TYPE_CAST, `${fields} r ON r.ctid = f.source`);
  }

  /** What stands in `failed`, to the rejects. `unnamed` is the constraint of those for which the server named none. */
  async #reject(told: Told, unnamed: string, join: string): Promise<void> {
    const { failed, rows } = this.#tables;
    const name = literal(`"${rows.replace(/^pg_temp\./, "")}"`);
    const message = `pg_catalog.replace(f.message, ${name}, ${literal(this.#load.table.name)})`;
    this.#rejected += await writeRejects(this.#session, this.#load, this.#chunk, told, `COALESCE(f.constraint_name, ${literal(unnamed)})`, message, `${failed} f JOIN ${join}`);
    await this.#session.execute(`TRUNCATE ${failed}`);
  }

  #columns(): readonly string[] {
    return this.#load.map.columns.map(({ name }) => name);
  }

  /** The INSERT of this load's fields into the target's columns, with their ctid where `source` is to have it. */
  #cast(into: string, where: string | null, source: string | null): (condition: string) => string {
    const { fields } = this.#tables;
    const columns = [...this.#columns(), ...(source === null ? [] : [source])];
    const values = [...this.#load.map.columns.map((column) => this.#value(column)), ...(source === null ? [] : ["r.ctid"])];
    const list = columns.length === 0 ? "" : ` ${columnList(columns)}`;
    // A line comment at the end of the condition must not take the parenthesis with it.
    const met = where === null ? "" : ` AND (${where}\n)`;
    return (condition) => `INSERT INTO ${into}${list} SELECT ${values.join(", ")} FROM ${fields} r WHERE ${condition}${met}`;
  }

  #value(column: MappedColumn): string {
    const reference = `r.${ident(column.field)}`;
    if (!column.sameType) return castExpression(column, reference);
    // Any other type is assigned from what is sent for it. An explicit cast would cut long values off to fit a domain.
    const staged = this.#load.map.fields.find(({ name }) => name === column.field);
    return this.#tables.enums.has(column.name) && staged?.stagingType !== staged?.type ? `CAST(${reference} AS ${column.bareType})` : reference;
  }

  #require(expected: number, found: number): void {
    if (expected === found) return;
    throw new PgarkError("UNBALANCED", `${expected} rows came in for ${this.#load.table.name}, ${found} were staged`, { object: `table ${this.#load.table.name}` });
  }
}
