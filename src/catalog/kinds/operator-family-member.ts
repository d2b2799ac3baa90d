/**
 * Members that were added to an operator family by themselves and are no class's: comparisons across types above
 * all. `pg_amop` and `pg_amproc` in, `ALTER OPERATOR FAMILY … ADD` out. Those added to a family that PostgreSQL
 * itself brought are among them; pg_dump loses those.
 */
import { FIRST_NORMAL_OBJECT_ID, isMember } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { memberClause, MEMBERS_CTE, memberTypes, type OperatorMember } from "../operator-members.ts";
import { dollarQuoted, ident, qualified } from "../quote.ts";

export interface OperatorFamilyMember extends CatalogObject {
  readonly kind: "operator-family-member";
  /** The family's, null for one that PostgreSQL brought. */
  readonly schema: string | null;
  /** The family's. */
  readonly name: string;
  /** What tells it from other members of the family, in words. */
  readonly signature: string;
  readonly owner: null;
  /** The family. */
  readonly needs: readonly Key[];
  readonly family: { readonly schema: string; readonly name: string };
  readonly method: string;
  readonly member: OperatorMember;
}

type MemberRow = Omit<OperatorFamilyMember, "kind" | "signature">;

// pg_depend never says that an extension brought a member. It did so where it brought the family or what the member
// calls, and nothing of the user's is in it.
const LOOSE_MEMBERS = /* sql */ `
  with ${MEMBERS_CTE},
  loose as (
    select m.*, f.opfname, n.nspname, a.amname,
           m.called >= ${FIRST_NORMAL_OBJECT_ID} as calledisnew, ${isMember("pg_operator", "m.called")} and not m.isprocedure or ${isMember("pg_proc", "m.called")} and m.isprocedure as calledismember,
           f.oid >= ${FIRST_NORMAL_OBJECT_ID} as familyisnew, ${isMember("pg_opfamily", "f.oid")} as familyismember
    from members m
    join pg_catalog.pg_opfamily f on f.oid = m.family
    join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
    join pg_catalog.pg_am a on a.oid = f.opfmethod
    where m.class is null
  )
  select l.key,
         case when l.familyisnew then l.nspname end as schema,
         l.opfname as name,
         null::text as owner,
         array['pg_opfamily/' || l.family] as needs,
         json_build_object('schema', l.nspname, 'name', l.opfname) as family,
         l.amname as method,
         l.member
  from loose l
  where (l.calledisnew and not l.calledismember) or (l.familyisnew and not l.familyismember) or not (l.calledismember or l.familyismember)
  order by l.nspname, l.opfname, l.amname, l.isprocedure, l.number, l.lefttype, l.righttype`;

export const operatorFamilyMember: KindModule<OperatorFamilyMember> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<MemberRow>(LOOSE_MEMBERS);
    return rows.map((row) => ({ kind: "operator-family-member", ...row, signature: `${row.method} ${wordsOf(row.member)}` }));
  },
  create: (object) => [`ALTER ${familyOf(object)} ADD\n    ${memberClause(object.member)};`],
  // A family of one's own takes its members along. Here there is no IF EXISTS.
  drop(object) {
    if (object.schema !== null) return null;
    return `DO ${dollarQuoted(`BEGIN ALTER ${familyOf(object)} DROP ${wordsOf(object.member)}; EXCEPTION WHEN undefined_object OR invalid_schema_name THEN NULL; END`)};`;
  },
  address: (object) => `${familyOf(object)} ${wordsOf(object.member)}`,
};

function familyOf({ family, method }: OperatorFamilyMember): string {
  return `OPERATOR FAMILY ${qualified(family.schema, family.name)} USING ${ident(method)}`;
}

/** As ALTER OPERATOR FAMILY … DROP wants it. */
function wordsOf(member: OperatorMember): string {
  return `${member.type === "operator" ? "OPERATOR" : "FUNCTION"} ${member.number} ${memberTypes(member)}`;
}
