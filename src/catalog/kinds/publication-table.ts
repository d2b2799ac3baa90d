/** A table in a publication: `pg_publication_rel` in, `ALTER PUBLICATION … ADD TABLE` with its columns and row filter out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { columnList, ident, qualified } from "../quote.ts";

export interface PublicationTable extends CatalogObject {
  readonly kind: "publication-table";
  /** The table's. */
  readonly schema: string;
  readonly name: string;
  /** The publication's name. */
  readonly signature: string;
  readonly publication: string;
  readonly publicationKey: Key;
  /** Null for all columns. */
  readonly columnNames: readonly string[] | null;
  /** `(price > 0)` with its parentheses; null for all rows. */
  readonly where: string | null;
}

/** Column lists and row filters came with 15. */
function publicationTablesQuery(serverVersion: number): string {
  const columns = /* sql */ `case when r.prattrs is not null then array(
           select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum = any (r.prattrs) order by a.attnum) end`;
  return /* sql */ `
  select ${keySql("pg_publication_rel", "r.oid")} as key,
         array[${keySql("pg_publication", "p.oid")}, ${keySql("pg_class", "c.oid")}] as needs,
         n.nspname as schema,
         c.relname as name,
         p.pubname as signature,
         null::text as owner,
         p.pubname as publication,
         ${keySql("pg_publication", "p.oid")} as "publicationKey",
         ${serverVersion < 150_000 ? "null::text[]" : columns} as "columnNames",
         ${serverVersion < 150_000 ? "null::text" : "'(' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')'"} as where
  from pg_catalog.pg_publication_rel r
  join pg_catalog.pg_publication p on p.oid = r.prpubid
  join pg_catalog.pg_class c on c.oid = r.prrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where ${userSchema()}
  order by n.nspname, c.relname, p.pubname`;
}

export const publicationTable: KindModule<PublicationTable> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<PublicationTable, "kind">>(publicationTablesQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "publication-table", ...row }));
  },
  create(p) {
    const columns = p.columnNames === null ? "" : ` ${columnList(p.columnNames)}`;
    const where = p.where === null ? "" : ` WHERE ${p.where}`;
    // ONLY: every child that is published has a row of its own.
    return [`ALTER PUBLICATION ${ident(p.publication)} ADD TABLE ONLY ${qualified(p.schema, p.name)}${columns}${where};`];
  },
  // It goes with the publication, or with the table.
  drop: () => null,
  address: (p) => `PUBLICATION ${ident(p.publication)} TABLE ${qualified(p.schema, p.name)}`,
};
