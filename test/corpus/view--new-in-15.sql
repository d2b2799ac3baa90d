-- requires: 15
create table t (id int, x text check (regexp_like(x, '^[a-z]')), n int default regexp_count('aaa', 'a'));
create view v as select regexp_substr(x, '[0-9]+') as digits, regexp_instr(x, 'a') as place from t;
create view plain with (security_invoker = false) as select id from t;
create function upsert(i int) returns void begin atomic
  merge into t using (select i as id) s on t.id = s.id when matched then update set x = 'y' when not matched then insert (id) values (i);
end;
insert into t values (1, 'abc');
