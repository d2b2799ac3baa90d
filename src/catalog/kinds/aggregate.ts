/** Aggregate functions: `pg_aggregate` and `pg_proc` in, `CREATE AGGREGATE` out. */
import { aclSql, keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { asArguments } from "../printed.ts";
import { literal, qualified } from "../quote.ts";

/** Functions are qualified, as `regproc` prints them; null where there is none. */
export interface Aggregate extends CatalogObject {
  readonly kind: "aggregate";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** As ALTER wants it: `*` for no arguments, `… ORDER BY …` for ordered sets. */
  readonly signature: string;
  /** With names; `*` for no arguments. */
  readonly arguments: string;
  /** The plain list of argument types, as GRANT ON FUNCTION wants it. */
  readonly types: string;
  readonly hypothetical: boolean;
  readonly state: AggregateState;
  /** The second set of functions, for moving windows. */
  readonly moving: (AggregateState & { readonly inverse: string }) | null;
  readonly combine: string | null;
  readonly serial: string | null;
  readonly deserial: string | null;
  /** `OPERATOR(schema.<)`. */
  readonly sortOperator: string | null;
  readonly parallel: "UNSAFE" | "RESTRICTED" | "SAFE";
}

export interface AggregateState {
  readonly transition: string;
  readonly type: string;
  /** Bytes; 0 for the server's guess. */
  readonly space: number;
  readonly initial: string | null;
  readonly final: string | null;
  readonly finalExtra: boolean;
  /** Null where it is what this kind of aggregate has anyway. */
  readonly finalModify: "READ_ONLY" | "SHAREABLE" | "READ_WRITE" | null;
}

const MODIFY = (column: string) => /* sql */ `
  case when ${column} = case when a.aggkind = 'n' then 'r' else 'w' end then null
       when ${column} = 'r' then 'READ_ONLY' when ${column} = 's' then 'SHAREABLE' else 'READ_WRITE' end`;
const REGPROC = (column: string) => `nullif(${column}::pg_catalog.regproc::text, '-')`;

const AGGREGATES = /* sql */ `
  select ${keySql("pg_proc", "p.oid")} as key,
         n.nspname as schema,
         p.proname as name,
         case when p.pronargs = 0 then '*' else pg_catalog.pg_get_function_identity_arguments(p.oid) end as signature,
         pg_catalog.pg_get_userbyid(p.proowner) as owner,
         ${aclSql({ catalog: "pg_proc", oid: "p.oid", acl: "p.proacl", type: "f", owner: "p.proowner" })} as acl,
         case when p.pronargs = 0 then '*' else pg_catalog.pg_get_function_arguments(p.oid) end as arguments,
         (select coalesce(string_agg(pg_catalog.format_type(t.oid, null), ', ' order by t.position), '')
          from unnest(p.proargtypes::oid[]) with ordinality t(oid, position)) as types,
         a.aggkind = 'h' as hypothetical,
         json_build_object('transition', ${REGPROC("a.aggtransfn")}, 'type', pg_catalog.format_type(a.aggtranstype, null),
                           'space', a.aggtransspace, 'initial', a.agginitval, 'final', ${REGPROC("a.aggfinalfn")},
                           'finalExtra', a.aggfinalextra, 'finalModify', ${MODIFY("a.aggfinalmodify")}) as state,
         case when a.aggmtransfn <> 0 then
         json_build_object('transition', ${REGPROC("a.aggmtransfn")}, 'type', pg_catalog.format_type(a.aggmtranstype, null),
                           'space', a.aggmtransspace, 'initial', a.aggminitval, 'final', ${REGPROC("a.aggmfinalfn")},
                           'finalExtra', a.aggmfinalextra, 'finalModify', ${MODIFY("a.aggmfinalmodify")},
                           'inverse', ${REGPROC("a.aggminvtransfn")}) end as moving,
         ${REGPROC("a.aggcombinefn")} as combine,
         ${REGPROC("a.aggserialfn")} as serial,
         ${REGPROC("a.aggdeserialfn")} as deserial,
         (select 'OPERATOR(' || pg_catalog.quote_ident(sn.nspname) || '.' || o.oprname || ')'
          from pg_catalog.pg_operator o join pg_catalog.pg_namespace sn on sn.oid = o.oprnamespace where o.oid = a.aggsortop) as "sortOperator",
         case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' else 'UNSAFE' end as parallel
  from pg_catalog.pg_aggregate a
  join pg_catalog.pg_proc p on p.oid = a.aggfnoid
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where ${userSchema()}
  order by n.nspname, p.proname, signature`;

export const aggregate: KindModule<Aggregate> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Aggregate, "kind">>(AGGREGATES);
    return rows.map((row) => ({ kind: "aggregate", ...row, signature: asArguments(row.signature), arguments: asArguments(row.arguments) }));
  },
  create(object) {
    const clauses = [...stateClauses(object.state, "")];
    if (object.combine !== null) clauses.push(`COMBINEFUNC = ${object.combine}`);
    if (object.serial !== null) clauses.push(`SERIALFUNC = ${object.serial}`);
    if (object.deserial !== null) clauses.push(`DESERIALFUNC = ${object.deserial}`);
    if (object.moving !== null) clauses.push(`MINVFUNC = ${object.moving.inverse}`, ...stateClauses(object.moving, "M"));
    if (object.sortOperator !== null) clauses.push(`SORTOP = ${object.sortOperator}`);
    if (object.hypothetical) clauses.push("HYPOTHETICAL");
    if (object.parallel !== "UNSAFE") clauses.push(`PARALLEL = ${object.parallel}`);
    return [`CREATE AGGREGATE ${qualified(object.schema, object.name)}(${object.arguments}) (\n    ${clauses.join(",\n    ")}\n);`];
  },
  drop: (object) => `DROP AGGREGATE IF EXISTS ${qualified(object.schema, object.name)}(${object.signature});`,
  address: (object) => `AGGREGATE ${qualified(object.schema, object.name)}(${object.signature})`,
  grantAddress: (object) => `FUNCTION ${qualified(object.schema, object.name)}(${object.types})`,
};

/** The moving set's options are the plain ones with an M in front. */
function stateClauses(state: AggregateState, prefix: "" | "M"): readonly string[] {
  const clauses = [`${prefix}SFUNC = ${state.transition}`, `${prefix}STYPE = ${state.type}`];
  if (state.space !== 0) clauses.push(`${prefix}SSPACE = ${state.space}`);
  if (state.initial !== null) clauses.push(`${prefix}INITCOND = ${literal(state.initial)}`);
  if (state.final !== null) {
    clauses.push(`${prefix}FINALFUNC = ${state.final}`);
    if (state.finalExtra) clauses.push(`${prefix}FINALFUNC_EXTRA`);
    if (state.finalModify !== null) clauses.push(`${prefix}FINALFUNC_MODIFY = ${state.finalModify}`);
  }
  return clauses;
}
