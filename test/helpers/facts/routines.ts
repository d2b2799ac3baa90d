/** Facts of functions, and of what is made of functions: aggregates, languages, casts, conversions, transforms. */
import { FIRST_OID, functionName, namesOf, operatorName, privileges, rest, typeName, USER, type FactQueries } from "./fragments.ts";

export const ROUTINES: FactQueries = {
  // Cost, rows, support, leakproof, parallel and the order of settings stand in the row itself.
  functions: {
    sql: `
    select jsonb_build_object('name', p.oid::regprocedure::text, 'arguments', pg_get_function_arguments(p.oid), 'result', pg_get_function_result(p.oid), 'definition', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
        'owner', pg_get_userbyid(p.proowner), 'language', l.lanname, 'acl', ${privileges("p.proacl", "'f'", "p.proowner")}, 'transforms', ${namesOf("p.protrftypes", typeName)})
      || (${rest("p", "proname", "pronamespace", "proowner", "prolang", "provariadic", "prorettype", "proargtypes", "proallargtypes", "proargdefaults", "protrftypes", "prosqlbody", "proacl")}) as fact
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang where ${USER}`,
  },
  aggregates: {
    sql: `
    select jsonb_build_object('name', p.oid::regprocedure::text, 'sorts', ${operatorName("a.aggsortop")}, 'state', ${typeName("a.aggtranstype")}, 'movingState', ${typeName("a.aggmtranstype")})
      || (${rest("a", "aggfnoid", "aggsortop", "aggtranstype", "aggmtranstype")}) as fact
    from pg_aggregate a join pg_proc p on p.oid = a.aggfnoid join pg_namespace n on n.oid = p.pronamespace where ${USER}`,
  },
  languages: {
    sql: `
    select jsonb_build_object('name', l.lanname, 'owner', pg_get_userbyid(l.lanowner), 'handler', ${functionName("l.lanplcallfoid")}, 'inline', ${functionName("l.laninline")}, 'validator', ${functionName("l.lanvalidator")},
        'acl', ${privileges("l.lanacl", "'l'", "l.lanowner")}) || (${rest("l", "lanname", "lanowner", "lanplcallfoid", "laninline", "lanvalidator", "lanacl")}) as fact from pg_language l`,
  },
  casts: {
    sql: `
    select jsonb_build_object('name', ${typeName("c.castsource")}, 'on', ${typeName("c.casttarget")}, 'function', ${functionName("c.castfunc")}) || (${rest("c", "castsource", "casttarget", "castfunc")}) as fact
    from pg_cast c where c.oid >= ${FIRST_OID}`,
  },
  conversions: {
    sql: `
    select jsonb_build_object('name', n.nspname || '.' || c.conname, 'owner', pg_get_userbyid(c.conowner), 'from', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding))
      || (${rest("c", "conname", "connamespace", "conowner", "conforencoding", "contoencoding")}) as fact
    from pg_conversion c join pg_namespace n on n.oid = c.connamespace where c.oid >= ${FIRST_OID}`,
  },
  transforms: {
    sql: `
    select jsonb_build_object('name', ${typeName("t.trftype")}, 'on', l.lanname, 'from', ${functionName("t.trffromsql")}, 'to', ${functionName("t.trftosql")}) as fact
    from pg_transform t join pg_language l on l.oid = t.trflang`,
  },
};
