create function everything(a int, inout b text default 'x''y', out c int, variadic rest int[] default '{}') returns setof record
  language plpgsql immutable strict security definer leakproof parallel safe cost 42.5 rows 7
  set work_mem = '1MB' set datestyle = 'ISO, DMY'
  as $body$ begin return; end $body$;
create function restricted() returns int language sql stable parallel restricted as 'select 1';
create function returns_table(n int) returns table (a int, b text) language sql as $$ select n, 'it''s' $$;
comment on function everything(int, text, int[]) is 'all of it';
