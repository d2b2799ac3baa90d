/** Range types with their multirange: `pg_range` in, `CREATE TYPE … AS RANGE` out. */
import { aclSql, collationSql, keySql, userSchema, type CollationName } from "../fragments.ts";
import type { Acl, CatalogObject, Key, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface Range extends CatalogObject {
  readonly kind: "range";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** Its array type, its multirange and that one's array type, and the constructor functions of both. */
  readonly aliases: readonly Key[];
  readonly subtype: string;
  /** Null for the subtype's default operator class. */
  readonly operatorClass: { readonly schema: string; readonly name: string } | null;
  readonly collation: CollationName | null;
  /** With a canonical function, which takes the type itself: the shell type that stands in until then. */
  readonly needs: readonly Key[];
  /** Qualified, as `regproc` prints it. */
  readonly canonical: string | null;
  /** The canonical function's language takes no shell type: the type was made with another function, which was replaced. pg_dump's script fails there. */
  readonly standInCanonical: boolean;
  readonly subtypeDifference: string | null;
  /** Null before 14. */
  readonly multirange: { readonly schema: string; readonly name: string } | null;
  /** Those of its functions and its multirange's whose privileges somebody changed, by hand or by default ones. pg_dump loses them. */
  readonly constructors: readonly Constructor[];
}

export interface Constructor {
  readonly name: string;
  readonly arguments: string;
  /** Whoever made the type, not who owns it now. */
  readonly owner: string;
  readonly acl: Acl;
  readonly ofMultirange: boolean;
}

/** Multiranges came with 14. */
function rangeQuery(serverVersion: number): string {
  const multirange = serverVersion >= 140000 ? "r.rngmultitypid" : "null::oid";
  return /* sql */ `
    select ${keySql("pg_type", "t.oid")} as key,
           array_remove(array[${keySql("pg_type", "nullif(t.typarray, 0)")}, ${keySql("pg_type", "m.oid")}, ${keySql("pg_type", "nullif(m.typarray, 0)")}], null)
             || array(select ${keySql("pg_proc", "d.objid")} from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'i'
                        and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.refobjid in (t.oid, m.oid) order by d.objid) as aliases,
           case when r.rngcanonical <> 0 then array[${keySql("shell", "t.oid")}] else '{}' end as needs,
           n.nspname as schema,
           t.typname as name,
           pg_catalog.pg_get_userbyid(t.typowner) as owner,
           ${aclSql({ catalog: "pg_type", oid: "t.oid", acl: "t.typacl", type: "T", owner: "t.typowner" })} as acl,
           pg_catalog.format_type(r.rngsubtype, null) as subtype,
           (select json_build_object('schema', cn.nspname, 'name', c.opcname)
            from pg_catalog.pg_opclass c join pg_catalog.pg_namespace cn on cn.oid = c.opcnamespace
            where c.oid = r.rngsubopc and not c.opcdefault) as "operatorClass",
           ${collationSql("r.rngcollation", "s.typcollation")} as collation,
           nullif(r.rngcanonical::pg_catalog.regproc::text, '-') as canonical,
           exists (select from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
                   where p.oid = r.rngcanonical and l.lanname not in ('internal', 'c')) as "standInCanonical",
           nullif(r.rngsubdiff::pg_catalog.regproc::text, '-') as "subtypeDifference",
           (select json_build_object('schema', mn.nspname, 'name', m.typname)
            from pg_catalog.pg_namespace mn where mn.oid = m.typnamespace) as multirange,
           array(select json_build_object('name', x.proname, 'arguments', x.arguments, 'owner', x.owner, 'acl', x.acl, 'ofMultirange', x.refobjid = m.oid)
                 from (select p.oid, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments, pg_catalog.pg_get_userbyid(p.proowner) as owner, d.refobjid,
                              ${aclSql({ catalog: "pg_proc", oid: "p.oid", acl: "p.proacl", type: "f", owner: "p.proowner" })} as acl
                       from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid
                       where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'i' and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
                         and d.refobjid in (t.oid, m.oid) and p.proacl is not null) x
                 where x.acl is not null order by x.proname, x.arguments) as constructors
    from pg_catalog.pg_range r
    join pg_catalog.pg_type t on t.oid = r.rngtypid
    join pg_catalog.pg_type s on s.oid = r.rngsubtype
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_type m on m.oid = ${multirange}
    where ${userSchema()}
    order by n.nspname, t.typname`;
}

export const range: KindModule<Range> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Range, "kind">>(rangeQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "range", ...row }));
  },
  create(object) {
    const options = [`subtype = ${object.subtype}`];
    // Left out, the server would choose a name, and another one where that is taken.
    if (object.multirange !== null) options.push(`multirange_type_name = ${qualified(object.multirange.schema, object.multirange.name)}`);
    if (object.operatorClass !== null) options.push(`subtype_opclass = ${qualified(object.operatorClass.schema, object.operatorClass.name)}`);
    if (object.collation !== null) options.push(`collation = ${qualified(object.collation.schema, object.collation.name)}`);
    if (object.canonical !== null) options.push(`canonical = ${object.canonical}`);
    if (object.subtypeDifference !== null) options.push(`subtype_diff = ${object.subtypeDifference}`);
    const name = qualified(object.schema, object.name);
    const create = `CREATE TYPE ${name} AS RANGE (\n    ${options.join(",\n    ")}\n);`;
    // A function that gives back what it takes, whatever is in it.
    const standIn = `CREATE FUNCTION ${object.canonical}(${name}) RETURNS ${name} LANGUAGE internal IMMUTABLE STRICT AS 'numeric_uplus';`;
    return object.standInCanonical ? [standIn, create] : [create];
  },
  // The type and its canonical function hold each other.
  drop: (object) => `DROP TYPE IF EXISTS ${qualified(object.schema, object.name)}${object.canonical === null ? "" : " CASCADE"};`,
  address: (object) => `TYPE ${qualified(object.schema, object.name)}`,
};
