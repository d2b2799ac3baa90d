/** Conversions between encodings: `pg_conversion` in, `CREATE CONVERSION` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { literal, qualified } from "../quote.ts";

export interface Conversion extends CatalogObject {
  readonly kind: "conversion";
  readonly schema: string;
  readonly owner: string;
  /** The one that is used for its pair of encodings when its schema comes first. */
  readonly isDefault: boolean;
  readonly from: string;
  readonly to: string;
  /** Qualified, as `regproc` prints it. */
  readonly function: string;
}

const CONVERSIONS = /* sql */ `
  select ${keySql("pg_conversion", "c.oid")} as key,
         n.nspname as schema,
         c.conname as name,
         pg_catalog.pg_get_userbyid(c.conowner) as owner,
         c.condefault as "isDefault",
         pg_catalog.pg_encoding_to_char(c.conforencoding) as from,
         pg_catalog.pg_encoding_to_char(c.contoencoding) as to,
         c.conproc::text as function
  from pg_catalog.pg_conversion c join pg_catalog.pg_namespace n on n.oid = c.connamespace
  where ${userSchema()}
  order by n.nspname, c.conname`;

export const conversion: KindModule<Conversion> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<Conversion, "kind">>(CONVERSIONS);
    return rows.map((row) => ({ kind: "conversion", ...row }));
  },
  create(object) {
    const name = qualified(object.schema, object.name);
    return [`CREATE ${object.isDefault ? "DEFAULT " : ""}CONVERSION ${name} FOR ${literal(object.from)} TO ${literal(object.to)} FROM ${object.function};`];
  },
  drop: (object) => `DROP CONVERSION IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `CONVERSION ${qualified(object.schema, object.name)}`,
};
