/**
 * Functions, procedures and window functions: `pg_proc` in, `CREATE FUNCTION` out. Assembled by hand:
 * `pg_get_functiondef` says OR REPLACE, which would let a restore overwrite a function that it did not expect.
 */
import { aclSql, keySql, userSchema } from "../fragments.ts";
import type { Acl, CatalogObject, KindModule } from "../kind.ts";
import { asArguments } from "../printed.ts";
import { dollarQuoted, ident, literal, qualified } from "../quote.ts";
import { settingClause } from "../setting.ts";

export interface FunctionObject extends CatalogObject {
  readonly kind: "function";
  readonly schema: string;
  readonly owner: string;
  readonly acl: Acl | null;
  /** The argument types that tell overloaded functions apart, as ALTER and DROP want them. */
  readonly signature: string;
  readonly routine: "function" | "procedure" | "window";
  /** With names, modes and defaults. */
  readonly arguments: string;
  /** Null for procedures. */
  readonly result: string | null;
  readonly language: string;
  /** Types that pass through a transform. */
  readonly transforms: readonly string[];
  readonly volatility: "VOLATILE" | "STABLE" | "IMMUTABLE";
  readonly strict: boolean;
  readonly securityDefiner: boolean;
  readonly leakproof: boolean;
  readonly parallel: "UNSAFE" | "RESTRICTED" | "SAFE";
  readonly cost: string;
  /** `0` where no set is returned. */
  readonly rows: string;
  /** Planner support function, qualified. */
  readonly support: string | null;
  /** `name=value` as the server keeps them. */
  readonly settings: readonly string[];
  /** The body as written: source text, or the symbol of a C function. */
  readonly source: string;
  /** The library of a C function. */
  readonly library: string | null;
  /** An SQL-standard body (`RETURN …`, `BEGIN ATOMIC …`), which then is the whole body. */
  readonly sqlBody: string | null;
  /** A range's canonical function in a language that does not take shell types: the range is made with a stand-in, which this replaces. */
  readonly replacesStandIn: boolean;
  /** The base type that it sends, qualified, in a language that does not take shell types: the type is made without it. Records of older archives do not say. */
  readonly sends?: string | null;
}

/** SQL-standard bodies came with 14. Constructors of ranges are made by their type and left out. */
function functionQuery(serverVersion: number): string {
  return /* sql */ `
    select ${keySql("pg_proc", "p.oid")} as key,
           n.nspname as schema,
           p.proname as name,
           pg_catalog.pg_get_function_identity_arguments(p.oid) as signature,
           pg_catalog.pg_get_userbyid(p.proowner) as owner,
           ${aclSql({ catalog: "pg_proc", oid: "p.oid", acl: "p.proacl", type: "f", owner: "p.proowner" })} as acl,
           case p.prokind when 'p' then 'procedure' when 'w' then 'window' else 'function' end as routine,
           pg_catalog.pg_get_function_arguments(p.oid) as arguments,
           case when p.prokind <> 'p' then pg_catalog.pg_get_function_result(p.oid) end as result,
           l.lanname as language,
           array(select pg_catalog.format_type(t.oid, null)
                 from unnest(p.protrftypes) with ordinality t(oid, position) order by t.position) as transforms,
           case p.provolatile when 'i' then 'IMMUTABLE' when 's' then 'STABLE' else 'VOLATILE' end as volatility,
           p.proisstrict as strict,
           p.prosecdef as "securityDefiner",
           p.proleakproof as leakproof,
           case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' else 'UNSAFE' end as parallel,
           p.procost::text as cost,
           p.prorows::text as rows,
           nullif(p.prosupport::text, '-') as support,
           coalesce(p.proconfig, '{}') as settings,
           p.prosrc as source,
           p.probin as library,
           ${serverVersion >= 140000 ? "pg_catalog.pg_get_function_sqlbody(p.oid)" : "null::text"} as "sqlBody",
           l.lanname not in ('internal', 'c') and exists (select from pg_catalog.pg_range r where r.rngcanonical = p.oid) as "replacesStandIn",
           case when l.lanname not in ('internal', 'c') then (
             select pg_catalog.format_type(t.oid, null) from pg_catalog.pg_type t where t.oid = p.proargtypes[0] and t.typtype = 'b' and t.typsend = p.oid) end as sends
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where p.prokind <> 'a' and ${userSchema()}
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'i')
    order by n.nspname, p.proname, signature`;
}

export const functionKind: KindModule<FunctionObject> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<FunctionObject, "kind">>(functionQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "function", ...row, signature: asArguments(row.signature), arguments: asArguments(row.arguments), result: row.result === null ? null : asArguments(row.result) }));
  },
  create(object) {
    const word = object.routine === "procedure" ? "PROCEDURE" : "FUNCTION";
    const result = object.result === null ? "" : ` RETURNS ${object.result}`;
    const clauses = [
      `CREATE ${object.replacesStandIn ? "OR REPLACE " : ""}${word} ${qualified(object.schema, object.name)}(${object.arguments})${result}`,
      [`LANGUAGE ${ident(object.language)}`, ...options(object)].join(" "),
      ...object.settings.map(settingClause),
      body(object),
    ];
    const create = `${clauses.join("\n    ")};`;
    return typeof object.sends === "string" ? [create, `ALTER TYPE ${object.sends} SET (SEND = ${qualified(object.schema, object.name)});`] : [create];
  },
  // The type holds such a function, and takes it along.
  drop: (object) => (object.replacesStandIn || typeof object.sends === "string" ? null : `DROP ${addressOf(object).replace(" ", " IF EXISTS ")};`),
  address: addressOf,
};

function addressOf(object: FunctionObject): string {
  return `${object.routine === "procedure" ? "PROCEDURE" : "FUNCTION"} ${qualified(object.schema, object.name)}(${object.signature})`;
}

/** Only what differs from what the server would assume. */
function options(object: FunctionObject): readonly string[] {
  const options: string[] = [];
  if (object.transforms.length > 0) options.push(`TRANSFORM ${object.transforms.map((type) => `FOR TYPE ${type}`).join(", ")}`);
  if (object.routine === "window") options.push("WINDOW");
  if (object.volatility !== "VOLATILE") options.push(object.volatility);
  if (object.strict) options.push("STRICT");
  if (object.securityDefiner) options.push("SECURITY DEFINER");
  if (object.leakproof) options.push("LEAKPROOF");
  const usualCost = object.language === "internal" || object.language === "c" ? "1" : "100";
  if (object.cost !== "0" && object.cost !== usualCost) options.push(`COST ${object.cost}`);
  if (object.rows !== "0" && object.rows !== "1000") options.push(`ROWS ${object.rows}`);
  if (object.support !== null) options.push(`SUPPORT ${object.support}`);
  if (object.parallel !== "UNSAFE") options.push(`PARALLEL ${object.parallel}`);
  return options;
}

function body({ sqlBody, library, source }: FunctionObject): string {
  if (sqlBody !== null) return sqlBody;
  if (library !== null) return `AS ${literal(library)}, ${literal(source)}`;
  return `AS ${dollarQuoted(source)}`;
}
