do $$ begin
  if not exists (select from pg_roles where rolname = 'pgark_corpus_reader') then create role pgark_corpus_reader; end if;
  if not exists (select from pg_roles where rolname = 'pgark_corpus_Odd Role') then create role "pgark_corpus_Odd Role"; end if;
end $$;
create table t (a int, owner name); insert into t values (1, 'x');
alter table t enable row level security;
create policy for_all on t;
create policy sel on t for select using (a > 0);
create policy ins on t as restrictive for insert to public with check (owner = current_user);
create policy upd on t for update to pgark_corpus_reader, "pgark_corpus_Odd Role" using (a > 1) with check (a > 2);
create policy "Odd del" on t for delete to pgark_corpus_reader using (exists (select from t t2 where t2.a = t.a));
comment on policy sel on t is 'select';
create table not_enabled (a int); create policy p on not_enabled using (true);
create table forced (a int); alter table forced enable row level security, force row level security;
create table only_forced (a int); alter table only_forced force row level security;
