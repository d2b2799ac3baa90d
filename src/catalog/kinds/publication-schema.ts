/** A schema whose tables are in a publication: `pg_publication_namespace` in, `ALTER PUBLICATION … ADD TABLES IN SCHEMA` out. */
import { keySql } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface PublicationSchema extends CatalogObject {
  readonly kind: "publication-schema";
  /** Itself: it is selected with the schema. */
  readonly schema: string;
  readonly name: string;
  /** The publication's name. */
  readonly signature: string;
  readonly publication: string;
  readonly publicationKey: Key;
}

const PUBLICATION_SCHEMAS = /* sql */ `
  select ${keySql("pg_publication_namespace", "r.oid")} as key,
         array[${keySql("pg_publication", "p.oid")}, ${keySql("pg_namespace", "n.oid")}] as needs,
         n.nspname as schema,
         n.nspname as name,
         p.pubname as signature,
         null::text as owner,
         p.pubname as publication,
         ${keySql("pg_publication", "p.oid")} as "publicationKey"
  from pg_catalog.pg_publication_namespace r
  join pg_catalog.pg_publication p on p.oid = r.pnpubid
  join pg_catalog.pg_namespace n on n.oid = r.pnnspid
  order by n.nspname, p.pubname`;

export const publicationSchema: KindModule<PublicationSchema> = {
  section: "post-data",
  async read(session) {
    // They came with 15.
    if (session.serverVersion < 150_000) return [];
    const rows = await session.query<Omit<PublicationSchema, "kind">>(PUBLICATION_SCHEMAS);
    return rows.map((row) => ({ kind: "publication-schema", ...row }));
  },
  create: (p) => [`ALTER PUBLICATION ${ident(p.publication)} ADD TABLES IN SCHEMA ${ident(p.name)};`],
  // It goes with the publication, or with the schema.
  drop: () => null,
  address: (p) => `PUBLICATION ${ident(p.publication)} TABLES IN SCHEMA ${ident(p.name)}`,
};
