/** Text search templates: `pg_ts_template` in, `CREATE TEXT SEARCH TEMPLATE` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface TextSearchTemplate extends CatalogObject {
  readonly kind: "text-search-template";
  readonly schema: string;
  /** The functions are qualified, as `regproc` prints them. */
  readonly init: string | null;
  readonly lexize: string;
}

const TEMPLATES = /* sql */ `
  select ${keySql("pg_ts_template", "t.oid")} as key,
         n.nspname as schema,
         t.tmplname as name,
         null::text as owner,
         nullif(t.tmplinit::pg_catalog.regproc::text, '-') as init,
         t.tmpllexize::pg_catalog.regproc::text as lexize
  from pg_catalog.pg_ts_template t join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace
  where ${userSchema()}
  order by n.nspname, t.tmplname`;

export const textSearchTemplate: KindModule<TextSearchTemplate> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<TextSearchTemplate, "kind">>(TEMPLATES);
    return rows.map((row) => ({ kind: "text-search-template", ...row }));
  },
  create(object) {
    const options = [`LEXIZE = ${object.lexize}`];
    if (object.init !== null) options.unshift(`INIT = ${object.init}`);
    return [`CREATE TEXT SEARCH TEMPLATE ${qualified(object.schema, object.name)} (\n    ${options.join(",\n    ")}\n);`];
  },
  drop: (object) => `DROP TEXT SEARCH TEMPLATE IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TEXT SEARCH TEMPLATE ${qualified(object.schema, object.name)}`,
};
