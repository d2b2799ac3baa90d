/** A copy of a database that has gone its own way: rows deleted, updated, swapped and inserted at random, the same for the same seed. */
import type { TestDatabase } from "../helpers/database.ts";

/** Changes each table by a few statements of each sort. What a constraint or a trigger refuses has not happened. */
export async function changeRows(copy: TestDatabase, seed: number, times = 6): Promise<void> {
  await copy.query(CHANGE.replace("$seed", String(((seed * 7919) % 1000) / 1000)).replace("$times", String(times)));
}

const CHANGE = /* sql */ `
do $change$
declare
  leaf record; col record; n int; a text; b text; va text; vb text; list text; vals text;
begin
  perform setseed($seed);
  set constraints all immediate;
  for leaf in
    select c.oid, format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|drizzle)' and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    order by n.nspname, c.relname
  loop
    for n in 1..$times * 4 loop
      begin
        execute format('select ctid::text from only %s order by random() limit 1', leaf.name) into a;
        execute format('select ctid::text from only %s order by random() limit 1', leaf.name) into b;
        select t.attname as name, format_type(t.atttypid, t.atttypmod) as type, t.attnotnull as needed into col from pg_attribute t
          where t.attrelid = leaf.oid and t.attnum > 0 and not t.attisdropped and t.attgenerated = '' and t.attidentity <> 'a' order by random() limit 1;
        if n % 4 = 0 then
          execute format('delete from only %s where ctid = %L', leaf.name, a);
        elsif n % 4 = 1 and random() < 0.2 and not col.needed then
          execute format('update only %s set %I = null where ctid = %L', leaf.name, col.name, a);
        elsif n % 4 = 1 then
          execute format('update only %s set %I = (select %I from only %s where ctid = %L) where ctid = %L', leaf.name, col.name, col.name, leaf.name, b, a);
        elsif n % 4 = 2 and not col.needed then
          execute format('select %I::text from only %s where ctid = %L', col.name, leaf.name, a) into va;
          execute format('select %I::text from only %s where ctid = %L', col.name, leaf.name, b) into vb;
          execute format('update only %s set %I = null where ctid = %L returning ctid::text', leaf.name, col.name, a) into a;
          execute format('update only %s set %I = %L::%s where ctid = %L', leaf.name, col.name, va, col.type, b);
          execute format('update only %s set %I = %L::%s where ctid = %L', leaf.name, col.name, vb, col.type, a);
        elsif n % 4 = 2 then
          execute format('update only %s set %I = case when ctid = %L then (select %I from only %s where ctid = %L) else (select %I from only %s where ctid = %L) end where ctid in (%L, %L)',
            leaf.name, col.name, a, col.name, leaf.name, b, col.name, leaf.name, a, a, b);
        else
          select string_agg(quote_ident(t.attname), ', ' order by t.attnum), string_agg(case
              when format_type(t.atttypid, -1) in ('integer', 'bigint', 'smallint') and random() < 0.6 then format('%I + 7000 + %s', t.attname, n)
              when format_type(t.atttypid, -1) in ('text', 'character varying', 'citext') and random() < 0.6 then format('%I || %L', t.attname, '~' || n)
              when format_type(t.atttypid, -1) = 'uuid' and random() < 0.6 then 'md5(random()::text)::uuid'
              else quote_ident(t.attname) end, ', ' order by t.attnum)
            into list, vals from pg_attribute t where t.attrelid = leaf.oid and t.attnum > 0 and not t.attisdropped and t.attgenerated = '';
          if list is null then execute format('insert into %s default values', leaf.name);
          else execute format('insert into %s (%s) overriding system value select %s from only %s where ctid = %L', leaf.name, list, vals, leaf.name, a);
          end if;
        end if;
      exception when integrity_constraint_violation or data_exception or raise_exception then null;
      end;
    end loop;
  end loop;
end $change$`;
