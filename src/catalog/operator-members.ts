/** What operator classes and families are made of: `pg_amop` and `pg_amproc` in, items of `CREATE OPERATOR CLASS` and `ALTER OPERATOR FAMILY` out. */
import { FIRST_NORMAL_OBJECT_ID } from "./fragments.ts";
import { qualified } from "./quote.ts";

/** An operator with its strategy, or a support function. */
export interface OperatorMember {
  readonly type: "operator" | "function";
  /** Of the strategy, or of the support function. */
  readonly number: number;
  readonly left: string;
  readonly right: string;
  /** `public.=(integer,text)`, quoted where needed. */
  readonly calls: string;
  /** The family in whose order an ordering operator's results are; null for one that searches. */
  readonly sortFamily: { readonly schema: string; readonly name: string } | null;
}

/** The class that a member belongs to is told by pg_depend alone; null for one that stands alone in its family. */
function classSql(catalog: string): string {
  return /* sql */ `(
      select d.refobjid from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and d.objid = x.oid and d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass limit 1)`;
}

/**
 * A common table expression `members`: oid, key, family, class, called (the operator's or function's OID),
 * isprocedure, number, lefttype and righttype as text, and the `OperatorMember` as json. Only the user's.
 */
export const MEMBERS_CTE = /* sql */ `members as (
    select x.oid, 'pg_amop/' || x.oid as key, x.amopfamily as family, ${classSql("pg_amop")} as class, x.amopopr as called,
           false as isprocedure, x.amopstrategy as number, pg_catalog.format_type(x.amoplefttype, null) as lefttype, pg_catalog.format_type(x.amoprighttype, null) as righttype,
           json_build_object('type', 'operator', 'number', x.amopstrategy,
             'left', pg_catalog.format_type(x.amoplefttype, null), 'right', pg_catalog.format_type(x.amoprighttype, null),
             'calls', x.amopopr::pg_catalog.regoperator::text,
             'sortFamily', (select json_build_object('schema', sn.nspname, 'name', s.opfname)
                            from pg_catalog.pg_opfamily s join pg_catalog.pg_namespace sn on sn.oid = s.opfnamespace where s.oid = x.amopsortfamily)) as member
    from pg_catalog.pg_amop x where x.oid >= ${FIRST_NORMAL_OBJECT_ID}
    union all
    select x.oid, 'pg_amproc/' || x.oid, x.amprocfamily, ${classSql("pg_amproc")}, x.amproc,
           true, x.amprocnum, pg_catalog.format_type(x.amproclefttype, null), pg_catalog.format_type(x.amprocrighttype, null),
           json_build_object('type', 'function', 'number', x.amprocnum,
             'left', pg_catalog.format_type(x.amproclefttype, null), 'right', pg_catalog.format_type(x.amprocrighttype, null),
             'calls', x.amproc::pg_catalog.regprocedure::text, 'sortFamily', null)
    from pg_catalog.pg_amproc x where x.oid >= ${FIRST_NORMAL_OBJECT_ID}
  )`;

/** `OPERATOR 1 public.=(integer,text)`, `FUNCTION 1 (integer, text) public.compare(integer,text)`. */
export function memberClause(member: OperatorMember): string {
  if (member.type === "function") return `FUNCTION ${member.number} ${memberTypes(member)} ${member.calls}`;
  const order = member.sortFamily === null ? "" : ` FOR ORDER BY ${qualified(member.sortFamily.schema, member.sortFamily.name)}`;
  return `OPERATOR ${member.number} ${member.calls}${order}`;
}

/** The types that the member is for: a function's need not be those of its arguments. */
export function memberTypes({ left, right }: Pick<OperatorMember, "left" | "right">): string {
  return `(${left}, ${right})`;
}
