/** Text search dictionaries: `pg_ts_dict` in, `CREATE TEXT SEARCH DICTIONARY` out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { qualified } from "../quote.ts";

export interface TextSearchDictionary extends CatalogObject {
  readonly kind: "text-search-dictionary";
  readonly schema: string;
  readonly owner: string;
  readonly template: { readonly schema: string; readonly name: string };
  /** `language = 'english', stopwords = 'english'`: the server keeps it as SQL, names and values quoted. */
  readonly options: string | null;
}

const DICTIONARIES = /* sql */ `
  select ${keySql("pg_ts_dict", "d.oid")} as key,
         n.nspname as schema,
         d.dictname as name,
         pg_catalog.pg_get_userbyid(d.dictowner) as owner,
         json_build_object('schema', tn.nspname, 'name', t.tmplname) as template,
         d.dictinitoption as options
  from pg_catalog.pg_ts_dict d
  join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
  join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
  join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace
  where ${userSchema()}
  order by n.nspname, d.dictname`;

export const textSearchDictionary: KindModule<TextSearchDictionary> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<TextSearchDictionary, "kind">>(DICTIONARIES);
    return rows.map((row) => ({ kind: "text-search-dictionary", ...row }));
  },
  create(object) {
    const options = [`TEMPLATE = ${qualified(object.template.schema, object.template.name)}`];
    if (object.options !== null) options.push(object.options);
    return [`CREATE TEXT SEARCH DICTIONARY ${qualified(object.schema, object.name)} (\n    ${options.join(",\n    ")}\n);`];
  },
  drop: (object) => `DROP TEXT SEARCH DICTIONARY IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TEXT SEARCH DICTIONARY ${qualified(object.schema, object.name)}`,
};
