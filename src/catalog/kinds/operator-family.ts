/** Operator families: `pg_opfamily` in, `CREATE OPERATOR FAMILY` out. Their members are the classes' own or stand alone (operator-family-member.ts). */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface OperatorFamily extends CatalogObject {
  readonly kind: "operator-family";
  readonly schema: string;
  readonly owner: string;
  /** The access method: families of two methods may bear one name. */
  readonly signature: string;
}

const OPERATOR_FAMILIES = /* sql */ `
  select ${keySql("pg_opfamily", "f.oid")} as key,
         n.nspname as schema,
         f.opfname as name,
         a.amname as signature,
         pg_catalog.pg_get_userbyid(f.opfowner) as owner
  from pg_catalog.pg_opfamily f
  join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
  join pg_catalog.pg_am a on a.oid = f.opfmethod
  where ${userSchema()}
  order by n.nspname, f.opfname, a.amname`;

export const operatorFamily: KindModule<OperatorFamily> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<OperatorFamily, "kind">>(OPERATOR_FAMILIES);
    return rows.map((row) => ({ kind: "operator-family", ...row }));
  },
  create: (object) => [`CREATE ${addressOf(object)};`],
  drop: (object) => `DROP ${addressOf(object).replace("FAMILY ", "FAMILY IF EXISTS ")};`,
  address: addressOf,
};

function addressOf(object: OperatorFamily): string {
  return `OPERATOR FAMILY ${qualified(object.schema, object.name)} USING ${ident(object.signature)}`;
}
