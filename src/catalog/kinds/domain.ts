/** Domains: `pg_type` in, `CREATE DOMAIN` out, with those of its constraints that need no statement of their own. */
import { aclSql, collationSql, keySql, userSchema, type CollationName } from "../fragments.ts";
import type { Acl, CatalogObject, Key, KindModule } from "../kind.ts";
import { ident, literal, qualified } from "../quote.ts";

export interface Domain extends CatalogObject {
  readonly kind: "domain";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its array type. */
  readonly aliases: readonly Key[];
  /** Its constraints: what they use has to exist before the domain. */
  readonly needs: readonly Key[];
  readonly type: string;
  readonly collation: CollationName | null;
  readonly notNull: boolean;
  /** An expression, or the text of a value where the server keeps no expression. */
  readonly default: { readonly expression: string } | { readonly value: string } | null;
  /** By name. From 17 on a NOT NULL is among them. */
  readonly constraints: readonly DomainPart[];
}

export interface DomainPart {
  readonly key: Key;
  readonly name: string;
  readonly notNull: boolean;
  readonly definition: string;
  readonly validated: boolean;
}

const DOMAINS = /* sql */ `
  select ${keySql("pg_type", "t.oid")} as key,
         array_remove(array[${keySql("pg_type", "nullif(t.typarray, 0)")}], null) as aliases,
         array(select ${keySql("pg_constraint", "k.oid")} from pg_catalog.pg_constraint k where k.contypid = t.oid order by k.conname) as needs,
         n.nspname as schema,
         t.typname as name,
         pg_catalog.pg_get_userbyid(t.typowner) as owner,
         ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })} as acl,
         pg_catalog.format_type(t.typbasetype, t.typtypmod) as type,
         ${collationSql("t.typcollation", "b.typcollation")} as collation,
         t.typnotnull as "notNull",
         case when t.typdefaultbin is not null
              then json_build_object('expression', pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::pg_catalog.regclass))
              when t.typdefault is not null then json_build_object('value', t.typdefault) end as default,
         (select coalesce(json_agg(json_build_object(
                   'key', ${keySql("pg_constraint", "k.oid")}, 'name', k.conname, 'notNull', k.contype = 'n',
                   'definition', pg_catalog.pg_get_constraintdef(k.oid), 'validated', k.convalidated) order by k.conname), '[]'::json)
          from pg_catalog.pg_constraint k where k.contypid = t.oid) as constraints
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  join pg_catalog.pg_type b on b.oid = t.typbasetype
  where t.typtype = 'd' and ${userSchema()}
  order by n.nspname, t.typname`;

export const domain: KindModule<Domain> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Domain, "kind">>(DOMAINS);
    return rows.map((row) => ({ kind: "domain", ...row }));
  },
  create(object, context) {
    const clauses = [`CREATE DOMAIN ${qualified(object.schema, object.name)} AS ${object.type}`];
    if (object.collation !== null) clauses.push(`COLLATE ${qualified(object.collation.schema, object.collation.name)}`);
    const inline = object.constraints.filter((part) => part.validated && !context.separate.has(part.key));
    clauses.push(...notNullClause(object, inline));
    if (object.default !== null) {
      clauses.push(`DEFAULT ${"expression" in object.default ? object.default.expression : literal(object.default.value)}`);
    }
    for (const part of inline) if (!part.notNull) clauses.push(`\n    CONSTRAINT ${ident(part.name)} ${part.definition}`);
    return [`${clauses.join(" ")};`];
  },
  drop: (object) => `DROP DOMAIN IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `DOMAIN ${qualified(object.schema, object.name)}`,
};

/** Before 17 a flag, then a constraint whose name is worth writing only when it is not the one the server would choose. */
function notNullClause(object: Domain, inline: readonly DomainPart[]): readonly string[] {
  if (!object.notNull) return [];
  if (!object.constraints.some((part) => part.notNull)) return ["NOT NULL"];
  return inline
    .filter((part) => part.notNull)
    .map(({ name, definition }) => (name === `${object.name}_not_null` ? "NOT NULL" : `CONSTRAINT ${ident(name)} ${definition}`));
}
