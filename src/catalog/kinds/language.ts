/** Procedural languages that no extension brings: `pg_language` in, `CREATE LANGUAGE … HANDLER` out. */
import { aclSql, FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

export interface Language extends CatalogObject {
  readonly kind: "language";
  readonly schema: null;
  readonly owner: string;
  readonly acl: Acl | null;
  readonly trusted: boolean;
  /** Qualified, as `regproc` prints them. */
  readonly handler: string;
  readonly inline: string | null;
  readonly validator: string | null;
}

const LANGUAGES = /* sql */ `
  select ${keySql("pg_language", "l.oid")} as key,
         null::text as schema,
         l.lanname as name,
         pg_catalog.pg_get_userbyid(l.lanowner) as owner,
         ${aclSql({ catalog: "pg_language", oid: "l.oid", acl: "l.lanacl", type: "l", owner: "l.lanowner" })} as acl,
         l.lanpltrusted as trusted,
         l.lanplcallfoid::pg_catalog.regproc::text as handler,
         nullif(l.laninline::pg_catalog.regproc::text, '-') as inline,
         nullif(l.lanvalidator::pg_catalog.regproc::text, '-') as validator
  from pg_catalog.pg_language l
  where l.lanispl and l.oid >= ${FIRST_NORMAL_OBJECT_ID}
  order by l.lanname`;

export const language: KindModule<Language> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Language, "kind">>(LANGUAGES);
    return rows.map((row) => ({ kind: "language", ...row }));
  },
  create(object) {
    const clauses = [`CREATE ${object.trusted ? "TRUSTED " : ""}PROCEDURAL LANGUAGE ${ident(object.name)} HANDLER ${object.handler}`];
    if (object.inline !== null) clauses.push(`INLINE ${object.inline}`);
    if (object.validator !== null) clauses.push(`VALIDATOR ${object.validator}`);
    return [`${clauses.join(" ")};`];
  },
  drop: (object) => `DROP LANGUAGE IF EXISTS ${ident(object.name)};`,
  address: (object) => `LANGUAGE ${ident(object.name)}`,
};
