/** Facts of types, collations, operators and of what indexes know about them. */
import { collationName, FIRST_OID, functionName, identityOf, operatorClassName, operatorFamilyName, operatorName, privileges, rest, typeName, USER, type FactQueries } from "./fragments.ts";

export const TYPES: FactQueries = {
  // How many dimensions an array was declared with is kept as a remark: the server neither prints nor minds it.
  types: {
    sql: `
    select jsonb_build_object('name', format_type(t.oid, null), 'owner', pg_get_userbyid(t.typowner), 'acl', ${privileges("t.typacl", "'T'", "t.typowner")},
        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault), 'base', nullif(format_type(t.typbasetype, t.typtypmod), '-'), 'collation', ${collationName("t.typcollation")},
        'element', ${typeName("t.typelem")}, 'array', ${typeName("t.typarray")}, 'relation', nullif(t.typrelid, 0)::regclass::text)
      || (${rest("t", "typname", "typnamespace", "typowner", "typrelid", "typelem", "typarray", "typbasetype", "typtypmod", "typcollation", "typdefaultbin", "typdefault", "typacl", "typndims")}) as fact
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${USER}`,
  },
  enumLabels: {
    sql: `
    select jsonb_build_object('name', ${typeName("e.enumtypid")}, 'labels', jsonb_agg(e.enumlabel order by e.enumsortorder)) as fact
    from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace where ${USER} group by e.enumtypid`,
  },
  ranges: {
    sql: `
    select jsonb_build_object('name', ${typeName("r.rngtypid")}, 'subtype', ${typeName("r.rngsubtype")}, 'collation', ${collationName("r.rngcollation")}, 'class', ${operatorClassName("r.rngsubopc")},
        'multirange', ${typeName("(to_jsonb(r) ->> 'rngmultitypid')::oid")}) || (${rest("r", "rngtypid", "rngsubtype", "rngmultitypid", "rngcollation", "rngsubopc")}) as fact
    from pg_range r join pg_type t on t.oid = r.rngtypid join pg_namespace n on n.oid = t.typnamespace where ${USER}`,
  },
  // collversion is what the library said where the collation was made.
  collations: {
    sql: `
    select jsonb_build_object('name', n.nspname || '.' || c.collname, 'owner', pg_get_userbyid(c.collowner)) || (${rest("c", "collname", "collnamespace", "collowner", "collversion")}) as fact
    from pg_collation c join pg_namespace n on n.oid = c.collnamespace where c.oid >= ${FIRST_OID}`,
  },
  // Shell operators too: they have no function, and wait for the operator that named them.
  operators: {
    sql: `
    select jsonb_build_object('name', o.oid::regoperator::text, 'schema', o.oprnamespace::regnamespace::text, 'owner', pg_get_userbyid(o.oprowner), 'result', ${typeName("o.oprresult")}, 'commutator', ${operatorName("o.oprcom")},
        'negator', ${operatorName("o.oprnegate")}, 'function', ${functionName("o.oprcode")})
      || (${rest("o", "oprname", "oprnamespace", "oprowner", "oprleft", "oprright", "oprresult", "oprcom", "oprnegate", "oprcode")}) as fact
    from pg_operator o where o.oid >= ${FIRST_OID}`,
  },
  accessMethods: { sql: `select to_jsonb(a) - 'oid' || jsonb_build_object('name', a.amname) as fact from pg_am a where a.oid >= ${FIRST_OID}` },
  operatorFamilies: {
    sql: `select jsonb_build_object('name', i.identity, 'owner', pg_get_userbyid(f.opfowner)) as fact from pg_opfamily f, ${identityOf("pg_opfamily", "f.oid")} where f.oid >= ${FIRST_OID}`,
  },
  operatorClasses: {
    sql: `
    select jsonb_build_object('name', i.identity, 'owner', pg_get_userbyid(c.opcowner), 'family', ${operatorFamilyName("c.opcfamily")}, 'type', ${typeName("c.opcintype")}, 'key', ${typeName("c.opckeytype")}, 'default', c.opcdefault) as fact
    from pg_opclass c, ${identityOf("pg_opclass", "c.oid")} where c.oid >= ${FIRST_OID}`,
  },
  // Members that somebody added to a built-in family have OIDs of their own; whether a class or only the family holds a member is told by its dependencies.
  operatorFamilyOperators: {
    sql: `
    select jsonb_build_object('name', i.identity, 'operator', ${operatorName("o.amopopr")}, 'purpose', o.amoppurpose, 'sorts', ${operatorFamilyName("nullif(o.amopsortfamily, 0)")}) as fact
    from pg_amop o, ${identityOf("pg_amop", "o.oid")} where o.oid >= ${FIRST_OID}`,
  },
  operatorFamilyFunctions: {
    sql: `
    select jsonb_build_object('name', i.identity, 'function', ${functionName("p.amproc")}) as fact
    from pg_amproc p, ${identityOf("pg_amproc", "p.oid")} where p.oid >= ${FIRST_OID}`,
  },
};
