/**
 * Objects that came with the server, as far as somebody changed their privileges or their comment: `GRANT EXECUTE ON
 * FUNCTION pg_catalog.pg_ls_dir(text)`. Nothing creates or drops them; only the changes are written.
 */
import { aclSql, FIRST_NORMAL_OBJECT_ID, keySql } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";

export interface SystemObject extends CatalogObject {
  readonly kind: "system-object";
  /** How GRANT and COMMENT ON name it. */
  readonly address: string;
  readonly acl: Acl | null;
  /** Those whose own privileges were changed. */
  readonly columns: readonly { readonly name: string; readonly acl: Acl }[];
  /** Null where nobody changed it. */
  readonly comment: string | null;
}

const NAMESPACES = /* sql */ `n.nspname in ('pg_catalog', 'information_schema')`;

/** `"address"` before a qualified name. */
function addressSql(words: string, name: string): string {
  return `${words} || ' ' || pg_catalog.quote_ident(n.nspname) || '.' || ${name}`;
}

// initdb notes what it granted in pg_catalog, but not that everybody may read information_schema.
const RELATION_ACL = /* sql */ `case when n.nspname = 'information_schema' and c.relacl is not null then (
      select case when a.actual <> a.base then json_build_object('actual', a.actual, 'base', a.base) end
      from (select c.relacl::text[] as actual,
                   pg_catalog.acldefault('r', c.relowner)::text[] || pg_catalog.makeaclitem(0, c.relowner, 'SELECT', false)::text as base) a)
    when c.relkind = 'S' then ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "s", owner: "c.relowner" })}
    else ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "c.relacl", type: "r", owner: "c.relowner" })} end`;

const COLUMNS = /* sql */ `(
      select json_agg(json_build_object('name', x.attname, 'acl', x.acl) order by x.attnum)
      from (select a.attnum, a.attname, ${aclSql({ catalog: "pg_class", oid: "c.oid", acl: "a.attacl", type: "c", owner: "c.relowner", column: "a.attnum" })} as acl
            from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attacl is not null and not a.attisdropped) x
      where x.acl is not null)`;

const SCHEMA_ACL = /* sql */ `(
      select case when a.actual is distinct from a.base then json_build_object('actual', a.actual, 'base', a.base) end
      from (select coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::text[] as actual,
                   pg_catalog.acldefault('n', n.nspowner)::text[] || pg_catalog.makeaclitem(0, n.nspowner, 'USAGE', false)::text as base) a)`;

// plpgsql is the last thing that initdb makes: what was written by a later transaction was written by somebody else.
// Types of objects whose identity is what COMMENT ON wants.
const COMMENTS = /* sql */ `
  select d.classoid, d.objoid, d.description, i.type, i.identity
  from pg_catalog.pg_description d
  cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, 0) i
  where d.objoid < ${FIRST_NORMAL_OBJECT_ID} and d.objsubid = 0
    and d.xmin::text::int8 > (select e.xmin::text::int8 from pg_catalog.pg_extension e where e.extname = 'plpgsql' and e.oid < ${FIRST_NORMAL_OBJECT_ID})
    and i.type in ('aggregate', 'extension', 'function', 'language', 'operator', 'procedure', 'table', 'type', 'view', 'schema')
    and i.identity <> 'public'`;

const SYSTEM_OBJECTS = /* sql */ `
  with comments as materialized (${COMMENTS}),
  held as (
    select ${keySql("pg_class", "c.oid")} as key, n.nspname as schema, c.relname as name, '' as signature, pg_catalog.pg_get_userbyid(c.relowner) as owner,
      ${addressSql("case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end", "pg_catalog.quote_ident(c.relname)")} as address, ${RELATION_ACL} as acl, ${COLUMNS} as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'S', 'f', 'p') and ${NAMESPACES}
    union all
    select ${keySql("pg_proc", "p.oid")}, n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_userbyid(p.proowner),
      ${addressSql("case p.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end", "pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'")},
      ${aclSql({ catalog: "pg_proc", oid: "p.oid", acl: "p.proacl", type: "f", owner: "p.proowner" })}, null
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where ${NAMESPACES}
      and (p.proacl is not null or exists (select from pg_catalog.pg_init_privs i where i.objoid = p.oid and i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass))
    union all
    select ${keySql("pg_type", "t.oid")}, n.nspname, t.typname, '', pg_catalog.pg_get_userbyid(t.typowner),
      ${addressSql("'TYPE'", "pg_catalog.quote_ident(t.typname)")}, ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })}, null
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typacl is not null and ${NAMESPACES}
    union all
    select ${keySql("pg_language", "l.oid")}, null, l.lanname, '', pg_catalog.pg_get_userbyid(l.lanowner),
      'LANGUAGE ' || pg_catalog.quote_ident(l.lanname), ${aclSql({ catalog: "pg_language", oid: "l.oid", acl: "l.lanacl", type: "l", owner: "l.lanowner" })}, null
    from pg_catalog.pg_language l where l.oid < ${FIRST_NORMAL_OBJECT_ID}
    union all
    select ${keySql("pg_namespace", "n.oid")}, null, n.nspname, '', pg_catalog.pg_get_userbyid(n.nspowner), 'SCHEMA ' || n.nspname, ${SCHEMA_ACL}, null
    from pg_catalog.pg_namespace n where ${NAMESPACES}
  )
  select h.key, h.schema, h.name, h.signature, h.owner, h.address, h.acl, coalesce(h.columns, '[]') as columns, null as comment
  from held h where h.acl is not null or h.columns is not null
  union all
  select 'comment/' || m.classoid || '.' || m.objoid, null, m.identity, m.type, null, pg_catalog.upper(m.type) || ' ' || m.identity, null, '[]', m.description
  from comments m
  order by 2, 3, 4`;

export const systemObject: KindModule<SystemObject> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<SystemObject, "kind">>(SYSTEM_OBJECTS);
    return rows.map((row) => ({ kind: "system-object", ...row }));
  },
  create: () => [],
  drop: () => null,
  address: (object) => object.address,
};
