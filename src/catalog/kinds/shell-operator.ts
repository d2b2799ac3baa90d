/**
 * Shell operators: what an operator named as its commutator or negator and nobody defined. While the one that
 * names it is there, that one's CREATE brings the shell along; a shell that is left behind alone is made by an
 * operator that goes again. pg_dump loses those, with their owners and comments.
 */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { operatorName, OPERATOR_NAME } from "./operator.ts";

export interface ShellOperator extends CatalogObject {
  readonly kind: "shell-operator";
  readonly schema: string;
  readonly owner: string;
  /** As an operator's. */
  readonly signature: string;
  readonly left: string | null;
  readonly right: string | null;
  /** The operator that names it and so makes it; none when it is alone. */
  readonly needs: readonly Key[];
}

const SHELL_OPERATORS = /* sql */ `
  select ${keySql("pg_operator", "o.oid")} as key,
         ${OPERATOR_NAME},
         array(select ${keySql("pg_operator", "u.oid")} from pg_catalog.pg_operator u
               where u.oprcode <> 0 and o.oid in (u.oprcom, u.oprnegate) order by u.oid limit 1) as needs
  from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  where o.oprcode = 0 and ${userSchema()}
  order by n.nspname, o.oprname, signature`;

export const shellOperator: KindModule<ShellOperator> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<ShellOperator, "kind">>(SHELL_OPERATORS);
    return rows.map((row) => ({ kind: "shell-operator", ...row }));
  },
  create: (object) => (object.needs.length > 0 ? [] : leaveBehind(object)),
  drop: (object) => `DROP OPERATOR IF EXISTS ${operatorName(object)} (${object.signature});`,
  address: (object) => `OPERATOR ${operatorName(object)} (${object.signature})`,
};

/** The helper is a negation, not a commutation: that works for one operand too. */
function leaveBehind(object: ShellOperator): readonly string[] {
  const helper = `pg_temp.pgark_shell(${[object.left, object.right].filter((type) => type !== null).join(", ")})`;
  const sides = [object.left === null ? [] : `LEFTARG = ${object.left}`, object.right === null ? [] : `RIGHTARG = ${object.right}`].flat();
  return [
    `CREATE FUNCTION ${helper} RETURNS boolean LANGUAGE sql AS 'SELECT true';`,
    `CREATE OPERATOR pg_temp.<> (FUNCTION = pg_temp.pgark_shell, ${sides.join(", ")}, NEGATOR = OPERATOR(${operatorName(object)}));`,
    `DROP OPERATOR pg_temp.<> (${object.signature});`,
    `DROP FUNCTION ${helper};`,
  ];
}
