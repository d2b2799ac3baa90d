/** Publications without what they publish by name: `pg_publication` in, `CREATE PUBLICATION` out. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, literal } from "../quote.ts";

export interface Publication extends CatalogObject {
  readonly kind: "publication";
  readonly schema: null;
  readonly owner: string;
  readonly allTables: boolean;
  /** Of `insert`, `update`, `delete` and `truncate`, in that order; may be empty. */
  readonly publish: readonly string[];
  /** Changes of partitions are published as changes of their root. */
  readonly viaRoot: boolean;
  /** Generated columns were never published before 18. */
  readonly generatedColumns: "none" | "stored";
}

function publicationsQuery(serverVersion: number): string {
  const generatedColumns = serverVersion < 180_000 ? "'none'" : "case p.pubgencols when 's' then 'stored' else 'none' end";
  return /* sql */ `
  select ${keySql("pg_publication", "p.oid")} as key,
         null::text as schema,
         p.pubname as name,
         pg_catalog.pg_get_userbyid(p.pubowner) as owner,
         p.puballtables as "allTables",
         array_remove(array[
           case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
           case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null) as publish,
         p.pubviaroot as "viaRoot",
         ${generatedColumns} as "generatedColumns"
  from pg_catalog.pg_publication p
  where p.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by p.pubname`;
}

export const publication: KindModule<Publication> = {
  section: "post-data",
  async read(session) {
    const rows = await session.query<Omit<Publication, "kind">>(publicationsQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "publication", ...row }));
  },
  create(p) {
    const options = [`publish = ${literal(p.publish.join(", "))}`];
    if (p.viaRoot) options.push("publish_via_partition_root = true");
    if (p.generatedColumns !== "none") options.push(`publish_generated_columns = ${p.generatedColumns}`);
    return [`CREATE PUBLICATION ${ident(p.name)}${p.allTables ? " FOR ALL TABLES" : ""} WITH (${options.join(", ")});`];
  },
  drop: (p) => `DROP PUBLICATION IF EXISTS ${ident(p.name)};`,
  address: (p) => `PUBLICATION ${ident(p.name)}`,
};
