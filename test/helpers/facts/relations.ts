/** Facts of relations: tables, views, sequences, indexes, and what hangs on them. */
import { collationName, columnNames, namesOf, operatorClassName, operatorName, privileges, rest, typeName, USER, type FactQueries } from "./fragments.ts";

export const RELATIONS: FactQueries = {
  relations: {
    sql: `
    select jsonb_build_object('name', c.oid::regclass::text, 'owner', pg_get_userbyid(c.relowner), 'am', am.amname, 'tablespace', ts.spcname, 'of', nullif(c.reloftype, 0)::regtype::text,
        'options', c.reloptions, 'toast', t.reloptions, 'bound', pg_get_expr(c.relpartbound, c.oid), 'key', pg_get_partkeydef(c.oid), 'acl', ${privileges("c.relacl", `case c.relkind when 'S' then 's' else 'r' end::"char"`, "c.relowner")},
        'kind', c.relkind, 'persistence', c.relpersistence, 'security', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'identity', c.relreplident, 'populated', c.relispopulated, 'partition', c.relispartition,
        'view', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end) as fact
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am am on am.oid = c.relam left join pg_tablespace ts on ts.oid = c.reltablespace
    left join pg_class t on t.oid = c.reltoastrelid where ${USER}`,
  },
  // inhseqno itself has gaps where a parent has left; only the order means something.
  inheritance: {
    sql: `
    select jsonb_build_object('name', i.inhrelid::regclass::text, 'on', i.inhparent::regclass::text, 'position', rank() over (partition by i.inhrelid order by i.inhseqno))
      || (${rest("i", "inhrelid", "inhparent", "inhseqno")}) as fact
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace where ${USER}`,
  },
  partitionKeys: {
    sql: `
    select jsonb_build_object('name', p.partrelid::regclass::text, 'default', nullif(p.partdefid, 0)::regclass::text, 'columns', ${columnNames("p.partattrs::int2[]", "p.partrelid")},
        'classes', ${namesOf("p.partclass::oid[]", operatorClassName)}, 'collations', ${namesOf("p.partcollation::oid[]", collationName)})
      || (${rest("p", "partrelid", "partdefid", "partattrs", "partclass", "partcollation", "partexprs")}) as fact
    from pg_partitioned_table p`,
  },
  // Numbers of dimensions are said of a type's columns for documentation only, and no printer of the server tells them.
  columns: {
    sql: `
    select jsonb_build_object('relation', c.oid::regclass::text, 'position', case when c.relkind not in ('i', 'I', 'S') then row_number() over (partition by c.oid order by a.attnum) end,
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'collation', nullif(a.attcollation, 0)::regcollation::text,
        'default', pg_get_expr(d.adbin, d.adrelid), 'acl', (select array_agg(x::text order by x::text) from unnest(a.attacl) x), 'options', array(select o from unnest(a.attoptions) o where o !~ '^pg_attver='),
        'foreign', a.attfdwoptions, 'target', nullif(a.attstattarget, -1))
      || (to_jsonb(a) - array['attrelid', 'attname', 'atttypid', 'atttypmod', 'attnum', 'attcollation', 'attoptions', 'attfdwoptions', 'attacl', 'attstattarget', 'attcacheoff', 'atthasdef', 'atthasmissing', 'attmissingval', 'attndims']) as fact
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and ${USER}`,
  },
  constraints: {
    sql: `
    select jsonb_build_object('name', k.conname, 'on', coalesce(nullif(k.conrelid, 0)::regclass::text, nullif(k.contypid, 0)::regtype::text), 'references', nullif(k.confrelid, 0)::regclass::text,
        'index', nullif(k.conindid, 0)::regclass::text, 'parent', p.conname, 'definition', pg_get_constraintdef(k.oid), 'keys', ${columnNames("k.conkey", "k.conrelid")},
        'foreignKeys', ${columnNames("k.confkey", "k.confrelid")}, 'noInherit', k.contype in ('c', 'n') and k.connoinherit,
        'equal', ${namesOf("k.conpfeqop || k.conppeqop || k.conffeqop", operatorName)}, 'exclude', ${namesOf("k.conexclop", operatorName)})
      || (${rest("k", "conname", "connamespace", "conrelid", "contypid", "conindid", "conparentid", "confrelid", "connoinherit", "conkey", "confkey", "confdelsetcols", "conpfeqop", "conppeqop", "conffeqop", "conexclop", "conbin")}) as fact
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_constraint p on p.oid = k.conparentid where ${USER}`,
  },
  // indcheckxmin tells how old the rows were when the index was built.
  indexes: {
    sql: `
    select jsonb_build_object('name', i.indexrelid::regclass::text, 'on', i.indrelid::regclass::text, 'definition', pg_get_indexdef(i.indexrelid), 'parent', h.inhparent::regclass::text,
        'classes', ${namesOf("i.indclass::oid[]", operatorClassName)}, 'collations', ${namesOf("i.indcollation::oid[]", collationName)})
      || (${rest("i", "indexrelid", "indrelid", "indkey", "indcollation", "indclass", "indexprs", "indpred", "indcheckxmin")}) as fact
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace left join pg_inherits h on h.inhrelid = i.indexrelid where ${USER}`,
  },
  // Triggers of foreign keys, and the clones on partitions, are named after OIDs.
  triggers: {
    sql: `
    select jsonb_build_object('name', case when t.tgisinternal and k.contype is distinct from 't' then '' else t.tgname end, 'on', t.tgrelid::regclass::text, 'enabled', t.tgenabled, 'parent', p.tgname is not null,
        'constraint', k.conname, 'other', nullif(t.tgconstrrelid, 0)::regclass::text, 'index', nullif(t.tgconstrindid, 0)::regclass::text, 'columns', ${columnNames("t.tgattr::int2[]", "t.tgrelid")},
        'function', t.tgfoid::regprocedure::text, 'definition', case when not t.tgisinternal then pg_get_triggerdef(t.oid) end)
      || (${rest("t", "tgname", "tgrelid", "tgparentid", "tgenabled", "tgconstraint", "tgconstrrelid", "tgconstrindid", "tgattr", "tgqual", "tgfoid")}) as fact
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace left join pg_trigger p on p.oid = t.tgparentid left join pg_constraint k on k.oid = t.tgconstraint where ${USER}`,
  },
  rules: {
    sql: `
    select jsonb_build_object('name', r.rulename, 'definition', pg_get_ruledef(r.oid), 'on', r.ev_class::regclass::text) || (${rest("r", "rulename", "ev_class", "ev_qual", "ev_action")}) as fact
    from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace where ${USER}`,
  },
  policies: {
    sql: `
    select jsonb_build_object('on', p.polrelid::regclass::text, 'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid), 'name', p.polname, 'for', p.polcmd, 'permissive', p.polpermissive,
        'roles', array(select coalesce(r.rolname, 'public') from unnest(p.polroles) x(oid) left join pg_roles r on r.oid = x.oid order by 1)) as fact from pg_policy p`,
  },
  statistics: {
    sql: `
    select jsonb_build_object('name', ${"s.stxnamespace::regnamespace::text || '.' || s.stxname"}, 'on', s.stxrelid::regclass::text, 'owner', pg_get_userbyid(s.stxowner), 'definition', pg_get_statisticsobjdef(s.oid),
        'target', nullif(s.stxstattarget, -1), 'columns', ${columnNames("s.stxkeys::int2[]", "s.stxrelid")})
      || (${rest("s", "stxrelid", "stxname", "stxnamespace", "stxowner", "stxstattarget", "stxkeys", "stxexprs")}) as fact from pg_statistic_ext s`,
  },
  sequences: {
    sql: `
    select jsonb_build_object('name', s.seqrelid::regclass::text, 'type', ${typeName("s.seqtypid")}) || (${rest("s", "seqrelid", "seqtypid")}) as fact
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where ${USER}`,
  },
};
