/** Transforms of a type for a language: `pg_transform` in, `CREATE TRANSFORM` out. They live in no schema and belong to nobody. */
import { FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface Transform extends CatalogObject {
  readonly kind: "transform";
  readonly schema: null;
  readonly owner: null;
  /** The type, qualified and quoted. */
  readonly name: string;
  /** The language, bare. */
  readonly signature: string;
  /** With its argument types, as `regprocedure` prints it; null where values pass as they are. */
  readonly fromSql: string | null;
  readonly toSql: string | null;
}

const TRANSFORMS = /* sql */ `
  select ${keySql("pg_transform", "t.oid")} as key,
         null::text as schema,
         pg_catalog.format_type(t.trftype, null) as name,
         l.lanname as signature,
         null::text as owner,
         nullif(t.trffromsql::oid::pg_catalog.regprocedure::text, '-') as "fromSql",
         nullif(t.trftosql::oid::pg_catalog.regprocedure::text, '-') as "toSql"
  from pg_catalog.pg_transform t join pg_catalog.pg_language l on l.oid = t.trflang
  where t.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by name, l.lanname`;

export const transform: KindModule<Transform> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Transform, "kind">>(TRANSFORMS);
    return rows.map((row) => ({ kind: "transform", ...row }));
  },
  create(object) {
    const functions: string[] = [];
    if (object.fromSql !== null) functions.push(`FROM SQL WITH FUNCTION ${object.fromSql}`);
    if (object.toSql !== null) functions.push(`TO SQL WITH FUNCTION ${object.toSql}`);
    return [`CREATE ${addressOf(object)} (${functions.join(", ")});`];
  },
  drop: (object) => `DROP ${addressOf(object).replace("TRANSFORM", "TRANSFORM IF EXISTS")};`,
  address: addressOf,
};

function addressOf(object: Transform): string {
  return `TRANSFORM FOR ${object.name} LANGUAGE ${ident(object.signature)}`;
}
