/** Facts of text search, foreign data and replication: what connects a database with words and with other servers. */
import { FIRST_OID, privileges, rest, roleName, schemaName, type FactQueries } from "./fragments.ts";

const NAMED = (name: string) => `n.nspname || '.' || ${name}`;
const mappings = (which: string) => `
    select jsonb_build_object('name', m.mapcfg::regconfig::text, 'on', t.alias, 'dictionaries', jsonb_agg(m.mapdict::regdictionary::text order by m.mapseqno)) as fact
    from pg_ts_config_map m join pg_ts_config c on c.oid = m.mapcfg join lateral ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype where ${which} group by m.mapcfg, t.alias`;

export const OUTSIDE: FactQueries = {
  textSearchParsers: {
    sql: `select jsonb_build_object('name', ${NAMED("p.prsname")}) || (${rest("p", "prsname", "prsnamespace")}) as fact from pg_ts_parser p join pg_namespace n on n.oid = p.prsnamespace where p.oid >= ${FIRST_OID}`,
  },
  textSearchTemplates: {
    sql: `select jsonb_build_object('name', ${NAMED("t.tmplname")}) || (${rest("t", "tmplname", "tmplnamespace")}) as fact from pg_ts_template t join pg_namespace n on n.oid = t.tmplnamespace where t.oid >= ${FIRST_OID}`,
  },
  textSearchDictionaries: {
    sql: `
    select jsonb_build_object('name', ${NAMED("d.dictname")}, 'owner', pg_get_userbyid(d.dictowner), 'template', (select ${schemaName("t.tmplnamespace")} || '.' || t.tmplname from pg_ts_template t where t.oid = d.dicttemplate), 'options', d.dictinitoption) as fact
    from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace where d.oid >= ${FIRST_OID}`,
  },
  textSearchConfigurations: {
    sql: `
    select jsonb_build_object('name', ${NAMED("c.cfgname")}, 'owner', pg_get_userbyid(c.cfgowner), 'parser', (select ${schemaName("p.prsnamespace")} || '.' || p.prsname from pg_ts_parser p where p.oid = c.cfgparser)) as fact
    from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace where c.oid >= ${FIRST_OID}`,
  },
  textSearchMappings: { sql: mappings(`c.oid >= ${FIRST_OID}`) },
  foreignDataWrappers: {
    sql: `
    select jsonb_build_object('name', w.fdwname, 'owner', pg_get_userbyid(w.fdwowner), 'handler', w.fdwhandler::regproc::text, 'validator', w.fdwvalidator::regproc::text, 'options', w.fdwoptions,
        'acl', ${privileges("w.fdwacl", "'F'", "w.fdwowner")}) as fact from pg_foreign_data_wrapper w`,
  },
  servers: {
    sql: `
    select jsonb_build_object('name', s.srvname, 'owner', pg_get_userbyid(s.srvowner), 'wrapper', w.fdwname, 'type', s.srvtype, 'version', s.srvversion, 'options', s.srvoptions, 'acl', ${privileges("s.srvacl", "'S'", "s.srvowner")}) as fact
    from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw`,
  },
  // Options hold passwords: their names are told, of the values only whether they are the same.
  userMappings: {
    sql: `
    select jsonb_build_object('role', coalesce(${roleName("m.umuser")}, 'public'), 'on', s.srvname, 'options', (select jsonb_agg(jsonb_build_array(o.option_name, md5(o.option_value))) from pg_options_to_table(m.umoptions) o)) as fact
    from pg_user_mapping m join pg_foreign_server s on s.oid = m.umserver`,
  },
  foreignTables: { sql: `select jsonb_build_object('name', f.ftrelid::regclass::text, 'on', s.srvname, 'options', f.ftoptions) as fact from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver` },
  publications: { sql: `select jsonb_build_object('name', p.pubname, 'owner', pg_get_userbyid(p.pubowner)) || (${rest("p", "pubname", "pubowner")}) as fact from pg_publication p` },
  publicationTables: {
    sql: `
    select jsonb_build_object('name', p.pubname, 'on', r.prrelid::regclass::text, 'columns', (select jsonb_agg(a.attname order by a.attname) from pg_attribute a
        where a.attrelid = r.prrelid and to_jsonb(r) -> 'prattrs' @> to_jsonb(a.attnum))) as fact
    from pg_publication_rel r join pg_publication p on p.oid = r.prpubid`,
  },
  publicationFilters: {
    since: 150_000,
    sql: `select jsonb_build_object('name', p.pubname, 'on', r.prrelid::regclass::text, 'filter', pg_get_expr(r.prqual, r.prrelid)) as fact from pg_publication_rel r join pg_publication p on p.oid = r.prpubid where r.prqual is not null`,
  },
  publicationSchemas: { since: 150_000, sql: `select jsonb_build_object('name', p.pubname, 'on', s.pnnspid::regnamespace::text) as fact from pg_publication_namespace s join pg_publication p on p.oid = s.pnpubid` },
  // Restored subscriptions stand still until somebody enables them, and then start anew; how they connect is told only as equal or not.
  subscriptions: {
    sql: `
    select jsonb_build_object('name', s.subname, 'owner', pg_get_userbyid(s.subowner), 'connection', md5(s.subconninfo), 'twoPhase', to_jsonb(s) ->> 'subtwophasestate' <> 'd')
      || (${rest("s", "subdbid", "subname", "subowner", "subenabled", "subconninfo", "subskiplsn", "subtwophasestate")}) as fact
    from pg_subscription s where s.subdbid = (select d.oid from pg_database d where d.datname = current_database())`,
  },
  // Those of initdb's configurations that somebody changed show up here, and so do the differences of two majors.
  systemTextSearchMappings: { sql: mappings(`c.oid < ${FIRST_OID}`) },
};
