/** Operators: `pg_operator` in, `CREATE OPERATOR` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident } from "../quote.ts";

/** Functions are qualified, as `regproc` prints them; null where there is none. */
export interface Operator extends CatalogObject {
  readonly kind: "operator";
  readonly schema: string;
  readonly owner: string;
  /** The types of its sides as ALTER wants them: `integer, text`; `NONE` where there is no side. */
  readonly signature: string;
  /** Null for an operator that stands in front of its operand. */
  readonly left: string | null;
  /** Null for one that stands behind it, which servers before 14 can have. */
  readonly right: string | null;
  readonly function: string;
  /** `OPERATOR(schema.<)`. The server makes a shell of it where it does not exist yet, so neither needs the other earlier. */
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
}

/** How an operator is named, of whichever side it lacks one. `o` is a pg_operator, `n` its namespace. */
export const OPERATOR_NAME = /* sql */ `
         n.nspname as schema,
         o.oprname as name,
         coalesce(pg_catalog.format_type(nullif(o.oprleft, 0), null), 'NONE') || ', ' || coalesce(pg_catalog.format_type(nullif(o.oprright, 0), null), 'NONE') as signature,
         pg_catalog.pg_get_userbyid(o.oprowner) as owner,
         pg_catalog.format_type(nullif(o.oprleft, 0), null) as left,
         pg_catalog.format_type(nullif(o.oprright, 0), null) as right`;

const REGPROC = (column: string) => `nullif(${column}::pg_catalog.regproc::text, '-')`;
const REFERENCE = (column: string) => /* sql */ `(
           select 'OPERATOR(' || pg_catalog.quote_ident(rn.nspname) || '.' || r.oprname || ')'
           from pg_catalog.pg_operator r join pg_catalog.pg_namespace rn on rn.oid = r.oprnamespace where r.oid = ${column})`;

// Without a function it is a shell, see shell-operator.ts.
const OPERATORS = /* sql */ `
  select ${keySql("pg_operator", "o.oid")} as key,
         ${OPERATOR_NAME},
         o.oprcode::text as function,
         ${REFERENCE("o.oprcom")} as commutator,
         ${REFERENCE("o.oprnegate")} as negator,
         ${REGPROC("o.oprrest")} as restrict,
         ${REGPROC("o.oprjoin")} as join,
         o.oprcanhash as hashes,
         o.oprcanmerge as merges
  from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  where o.oprcode <> 0 and ${userSchema()}
  order by n.nspname, o.oprname, signature`;

export const operator: KindModule<Operator> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Operator, "kind">>(OPERATORS);
    return rows.map((row) => ({ kind: "operator", ...row }));
  },
  create(object) {
    const named = {
      FUNCTION: object.function,
      LEFTARG: object.left,
      RIGHTARG: object.right,
      COMMUTATOR: object.commutator,
      NEGATOR: object.negator,
      RESTRICT: object.restrict,
      JOIN: object.join,
    };
    const options = Object.entries(named).flatMap(([option, value]) => (value === null ? [] : [`${option} = ${value}`]));
    if (object.hashes) options.push("HASHES");
    if (object.merges) options.push("MERGES");
    return [`CREATE OPERATOR ${operatorName(object)} (\n    ${options.join(",\n    ")}\n);`];
  },
  drop: (object) => `DROP OPERATOR IF EXISTS ${operatorName(object)} (${object.signature});`,
  address: (object) => `OPERATOR ${operatorName(object)} (${object.signature})`,
};

/** The name itself is made of signs, and never quoted. */
export function operatorName({ schema, name }: Pick<Operator, "schema" | "name">): string {
  return `${ident(schema)}.${name}`;
}
