/**
 * What is in a database, as facts by name, read straight from the catalogs and not through the engine: it knows of
 * things that neither a TOC nor pg_dump prints, such as the order of columns and the names of what partitions got
 * from their parents. No OIDs, no numbers of columns: two databases that mean the same have the same facts.
 */
import pg from "pg";

/** Kind of fact → rows, each already text, in an order of their own. */
export async function catalogFacts(url: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set search_path = ''; set quote_all_identifiers = off");
    const facts: Record<string, readonly string[]> = {};
    for (const [name, query] of Object.entries(QUERIES)) {
      const { rows } = await client.query<{ fact: object }>(query);
      facts[name] = rows.map(({ fact }) => JSON.stringify(fact)).sort();
    }
    return facts;
  } finally {
    await client.end();
  }
}

const USER = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/** A row of a catalog without what is only true in this database; `-` takes the named fields out of the json. */
function rest(alias: string, ...without: readonly string[]): string {
  return `to_jsonb(${alias}) - array[${["oid", ...without].map((field) => `'${field}'`).join(", ")}]`;
}

const COLUMN_NAMES = (numbers: string, relation: string) =>
  `(select jsonb_agg(coalesce(a.attname::text, '(expression)') order by x.position) from unnest(${numbers}) with ordinality x(number, position)
    left join pg_attribute a on a.attrelid = ${relation} and a.attnum = x.number)`;

const QUERIES: Readonly<Record<string, string>> = {
  relations: `
    select jsonb_build_object('name', c.oid::regclass::text, 'owner', pg_get_userbyid(c.relowner), 'am', am.amname, 'tablespace', ts.spcname, 'of', nullif(c.reloftype, 0)::regtype::text,
        'options', c.reloptions, 'toast', t.reloptions, 'bound', pg_get_expr(c.relpartbound, c.oid), 'key', pg_get_partkeydef(c.oid), 'acl', (select array_agg(x::text order by x::text) from unnest(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) x),
        'kind', c.relkind, 'persistence', c.relpersistence, 'security', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'identity', c.relreplident, 'populated', c.relispopulated, 'partition', c.relispartition,
        'view', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
        'parents', (select jsonb_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)) as fact
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am am on am.oid = c.relam left join pg_tablespace ts on ts.oid = c.reltablespace
    left join pg_class t on t.oid = c.reltoastrelid where ${USER}`,
  columns: `
    select jsonb_build_object('relation', c.oid::regclass::text, 'position', case when c.relkind not in ('i', 'I', 'S') then row_number() over (partition by c.oid order by a.attnum) end,
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'collation', nullif(a.attcollation, 0)::regcollation::text,
        'default', pg_get_expr(d.adbin, d.adrelid), 'acl', (select array_agg(x::text order by x::text) from unnest(a.attacl) x), 'options', array(select o from unnest(a.attoptions) o where o !~ '^pg_attver='),
        'foreign', a.attfdwoptions, 'target', nullif(a.attstattarget, -1))
      || (to_jsonb(a) - array['attrelid', 'attname', 'atttypid', 'atttypmod', 'attnum', 'attcollation', 'attoptions', 'attfdwoptions', 'attacl', 'attstattarget', 'attcacheoff', 'atthasdef', 'atthasmissing', 'attmissingval', 'attlen', 'attbyval', 'attalign', 'attndims']) as fact
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and ${USER}`,
  constraints: `
    select jsonb_build_object('name', k.conname, 'on', coalesce(nullif(k.conrelid, 0)::regclass::text, nullif(k.contypid, 0)::regtype::text), 'references', nullif(k.confrelid, 0)::regclass::text,
        'index', nullif(k.conindid, 0)::regclass::text, 'parent', p.conname, 'definition', pg_get_constraintdef(k.oid), 'keys', ${COLUMN_NAMES("k.conkey", "k.conrelid")},
        'validated', k.convalidated, 'deferrable', k.condeferrable, 'deferred', k.condeferred, 'local', k.conislocal, 'inherited', k.coninhcount, 'noInherit', k.contype in ('c', 'n') and k.connoinherit, 'type', k.contype) as fact
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_constraint p on p.oid = k.conparentid where ${USER}`,
  indexes: `
    select jsonb_build_object('name', i.indexrelid::regclass::text, 'definition', pg_get_indexdef(i.indexrelid), 'parent', h.inhparent::regclass::text)
      || (${rest("i", "indexrelid", "indrelid", "indkey", "indcollation", "indclass", "indexprs", "indpred", "indoption", "indcheckxmin")}) as fact
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace left join pg_inherits h on h.inhrelid = i.indexrelid where ${USER}`,
  triggers: `
    select jsonb_build_object('name', case when t.tgisinternal and k.contype is distinct from 't' then '' else t.tgname end, 'on', t.tgrelid::regclass::text, 'enabled', t.tgenabled, 'parent', p.tgname is not null,
        'constraint', k.conname, 'definition', case when t.tgisinternal then t.tgtype::text || t.tgfoid::regproc::text else pg_get_triggerdef(t.oid) end) as fact
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace left join pg_trigger p on p.oid = t.tgparentid left join pg_constraint k on k.oid = t.tgconstraint where ${USER}`,
  rules: `
    select jsonb_build_object('definition', pg_get_ruledef(r.oid), 'on', r.ev_class::regclass::text, 'enabled', r.ev_enabled) as fact
    from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace where ${USER}`,
  policies: `
    select jsonb_build_object('on', p.polrelid::regclass::text, 'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid), 'name', p.polname, 'for', p.polcmd, 'permissive', p.polpermissive,
        'roles', array(select coalesce(r.rolname, 'public') from unnest(p.polroles) x(oid) left join pg_roles r on r.oid = x.oid order by 1)) as fact from pg_policy p`,
  functions: `
    select jsonb_build_object('name', p.oid::regprocedure::text, 'definition', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, 'owner', pg_get_userbyid(p.proowner),
        'acl', (select array_agg(x::text order by x::text) from unnest(coalesce(p.proacl, acldefault('f', p.proowner))) x), 'kind', p.prokind) as fact
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${USER}`,
  types: `
    select jsonb_build_object('name', format_type(t.oid, null), 'owner', pg_get_userbyid(t.typowner), 'acl', (select array_agg(x::text order by x::text) from unnest(coalesce(t.typacl, acldefault('T', t.typowner))) x), 'kind', t.typtype, 'notNull', t.typnotnull,
        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault), 'base', nullif(format_type(t.typbasetype, t.typtypmod), '-'), 'collation', nullif(t.typcollation, 0)::regcollation::text, 'storage', t.typstorage, 'align', t.typalign,
        'category', t.typcategory, 'labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)) as fact
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${USER}`,
  statistics: `
    select jsonb_build_object('name', s.stxnamespace::regnamespace::text || '.' || s.stxname, 'owner', pg_get_userbyid(s.stxowner), 'definition', pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1)) as fact from pg_statistic_ext s`,
  sequences: `
    select jsonb_build_object('name', s.seqrelid::regclass::text, 'type', s.seqtypid::regtype::text) || (${rest("s", "seqrelid", "seqtypid")}) as fact
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where ${USER}`,
  // As the server makes it, public says nothing: it is in every new database, and stays in one that is restored into.
  schemas: `select jsonb_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner), 'acl', (select array_agg(x::text order by x::text) from unnest(coalesce(n.nspacl, acldefault('n', n.nspowner))) x)) as fact from pg_namespace n left join pg_init_privs i on i.objoid = n.oid and i.classoid = 'pg_namespace'::regclass
    where n.nspname !~ '^pg_(toast_)?temp' and (n.nspname <> 'public' or n.nspacl::text is distinct from i.initprivs::text)`,
  initialPrivileges: `
    select jsonb_build_object('of', i.identity, 'column', p.objsubid, 'acl', p.initprivs::text) as fact from pg_init_privs p, pg_identify_object(p.classoid, p.objoid, 0) i where p.privtype = 'e'`,
  largeObjects: `select jsonb_build_object('oid', l.oid::int8, 'owner', pg_get_userbyid(l.lomowner), 'acl', l.lomacl::text[]) as fact from pg_largeobject_metadata l`,
  comments: `
    select jsonb_build_object('on', i.type || ' ' || i.identity, 'comment', d.description) as fact
    from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i where (i.identity, d.description) <> ('public', 'standard public schema')`,
  defaultPrivileges: `
    select jsonb_build_object('role', pg_get_userbyid(d.defaclrole), 'schema', nullif(d.defaclnamespace, 0)::regnamespace::text, 'type', d.defaclobjtype, 'acl', (select array_agg(x::text order by x::text) from unnest(d.defaclacl) x)) as fact from pg_default_acl d`,
  // What an object goes with, and who owns a sequence.
  dependencies: `
    select jsonb_build_object('object', i.type || ' ' || i.identity, 'on', r.type || ' ' || r.identity, 'type', d.deptype) as fact
    from pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) i, pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) r
    where d.objid >= 16384 and (d.deptype in ('x', 'e') or d.deptype = 'a' and d.classid = 'pg_class'::regclass and exists (select from pg_class c where c.oid = d.objid and c.relkind = 'S'))`,
  extensions: `select jsonb_build_object('name', e.extname, 'schema', e.extnamespace::regnamespace::text) as fact from pg_extension e`,
};
