/** Operator classes with the members that are theirs: `pg_opclass`, `pg_amop` and `pg_amproc` in, `CREATE OPERATOR CLASS` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, Key, KindModule } from "../kind.ts";
import { memberClause, MEMBERS_CTE, type OperatorMember } from "../operator-members.ts";
import { ident, qualified } from "../quote.ts";

export interface OperatorClass extends CatalogObject {
  readonly kind: "operator-class";
  readonly schema: string;
  readonly owner: string;
  /** The access method: classes of two methods may bear one name. */
  readonly signature: string;
  /** Its members' catalog rows, on which the dependencies on operators and functions hang. */
  readonly aliases: readonly Key[];
  /** Members that stand alone in its family: had they come later, the server would take some for the class's own. */
  readonly needs: readonly Key[];
  /** Qualified and quoted. */
  readonly type: string;
  readonly isDefault: boolean;
  /** Made with it where it bears its name and nobody made it before; always named. */
  readonly family: { readonly schema: string; readonly name: string };
  /** Null where the index stores the type itself. */
  readonly storage: string | null;
  readonly members: readonly OperatorMember[];
}

const OPERATOR_CLASSES = /* sql */ `
  with ${MEMBERS_CTE}
  select ${keySql("pg_opclass", "c.oid")} as key,
         n.nspname as schema,
         c.opcname as name,
         a.amname as signature,
         pg_catalog.pg_get_userbyid(c.opcowner) as owner,
         array(select m.key from members m where m.class = c.oid order by m.key) as aliases,
         array(select m.key from members m where m.class is null and m.family = c.opcfamily order by m.key) as needs,
         pg_catalog.format_type(c.opcintype, null) as type,
         c.opcdefault as "isDefault",
         json_build_object('schema', fn.nspname, 'name', f.opfname) as family,
         case when c.opckeytype <> 0 then pg_catalog.format_type(c.opckeytype, null) end as storage,
         coalesce((select json_agg(m.member order by m.isprocedure, m.number, m.lefttype, m.righttype) from members m where m.class = c.oid), '[]'::json) as members
  from pg_catalog.pg_opclass c
  join pg_catalog.pg_namespace n on n.oid = c.opcnamespace
  join pg_catalog.pg_am a on a.oid = c.opcmethod
  join pg_catalog.pg_opfamily f on f.oid = c.opcfamily
  join pg_catalog.pg_namespace fn on fn.oid = f.opfnamespace
  where ${userSchema()}
  order by n.nspname, c.opcname, a.amname`;

export const operatorClass: KindModule<OperatorClass> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<OperatorClass, "kind">>(OPERATOR_CLASSES);
    return rows.map((row) => ({ kind: "operator-class", ...row }));
  },
  create(object) {
    const items = object.members.map(memberClause);
    // The grammar wants an item: one that says what goes without saying.
    if (object.storage !== null || items.length === 0) items.unshift(`STORAGE ${object.storage ?? object.type}`);
    const head = `CREATE OPERATOR CLASS ${qualified(object.schema, object.name)}${object.isDefault ? " DEFAULT" : ""}`;
    const family = `FAMILY ${qualified(object.family.schema, object.family.name)}`;
    return [`${head}\n    FOR TYPE ${object.type} USING ${ident(object.signature)} ${family} AS\n    ${items.join(",\n    ")};`];
  },
  drop: (object) => `DROP ${addressOf(object).replace("CLASS ", "CLASS IF EXISTS ")};`,
  address: addressOf,
};

function addressOf(object: OperatorClass): string {
  return `OPERATOR CLASS ${qualified(object.schema, object.name)} USING ${ident(object.signature)}`;
}
