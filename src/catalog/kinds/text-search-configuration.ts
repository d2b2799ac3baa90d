/** Text search configurations: `pg_ts_config` with its map in, `CREATE TEXT SEARCH CONFIGURATION` and one `ADD MAPPING` for each token type out. */
import { keySql, userSchema } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { ident, qualified } from "../quote.ts";

export interface TextSearchConfiguration extends CatalogObject {
  readonly kind: "text-search-configuration";
  readonly schema: string;
  readonly owner: string;
  readonly parser: { readonly schema: string; readonly name: string };
  /** In the order of the token types' numbers. */
  readonly mappings: readonly TokenMapping[];
}

export interface TokenMapping {
  /** `asciiword`, `numhword` … as the parser calls it. */
  readonly tokenType: string;
  /** The dictionaries that are asked, in their order. */
  readonly dictionaries: readonly { readonly schema: string; readonly name: string }[];
}

// The map holds numbers of token types; their names are the parser's, which is asked. Configurations of PostgreSQL's
// own have maps too, and are not asked: there are many of them.
const CONFIGURATIONS = /* sql */ `
  with configurations as (
    select c.oid, c.cfgname, c.cfgowner, c.cfgparser, n.nspname
    from pg_catalog.pg_ts_config c join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
    where ${userSchema()}
  ),
  token_types as (
    select p.cfgparser, t.tokid, t.alias
    from (select distinct c.cfgparser from configurations c) p
    cross join lateral pg_catalog.ts_token_type(p.cfgparser) t
  ),
  mappings as (
    select c.oid, m.maptokentype, t.alias,
      json_agg(json_build_object('schema', dn.nspname, 'name', d.dictname) order by m.mapseqno) as dictionaries
    from configurations c
    join pg_catalog.pg_ts_config_map m on m.mapcfg = c.oid
    join token_types t on t.cfgparser = c.cfgparser and t.tokid = m.maptokentype
    join pg_catalog.pg_ts_dict d on d.oid = m.mapdict
    join pg_catalog.pg_namespace dn on dn.oid = d.dictnamespace
    group by c.oid, m.maptokentype, t.alias
  )
  select ${keySql("pg_ts_config", "c.oid")} as key,
         c.nspname as schema,
         c.cfgname as name,
         pg_catalog.pg_get_userbyid(c.cfgowner) as owner,
         (select json_build_object('schema', pn.nspname, 'name', p.prsname)
          from pg_catalog.pg_ts_parser p join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace
          where p.oid = c.cfgparser) as parser,
         (select coalesce(json_agg(json_build_object('tokenType', m.alias, 'dictionaries', m.dictionaries) order by m.maptokentype), '[]'::json)
          from mappings m where m.oid = c.oid) as mappings
  from configurations c
  order by c.nspname, c.cfgname`;

export const textSearchConfiguration: KindModule<TextSearchConfiguration> = {
  section: "pre-data",
  async read(session) {
    const rows = await session.query<Omit<TextSearchConfiguration, "kind">>(CONFIGURATIONS);
    return rows.map((row) => ({ kind: "text-search-configuration", ...row }));
  },
  create(object) {
    const target = qualified(object.schema, object.name);
    return [
      `CREATE TEXT SEARCH CONFIGURATION ${target} (\n    PARSER = ${qualified(object.parser.schema, object.parser.name)}\n);`,
      ...object.mappings.map(({ tokenType, dictionaries }) => {
        const names = dictionaries.map(({ schema, name }) => qualified(schema, name)).join(", ");
        return `ALTER TEXT SEARCH CONFIGURATION ${target} ADD MAPPING FOR ${ident(tokenType)} WITH ${names};`;
      }),
    ];
  },
  drop: (object) => `DROP TEXT SEARCH CONFIGURATION IF EXISTS ${qualified(object.schema, object.name)};`,
  address: (object) => `TEXT SEARCH CONFIGURATION ${qualified(object.schema, object.name)}`,
};
