-- A view over a table whose policies hold for its owner too.
do $$ begin
  create role pgark_corpus_owner;
exception when duplicate_object or unique_violation then null;
end $$;
create table secret (a int);
insert into secret values (1), (2);
create policy upper_half on secret using (a > 1);
alter table secret enable row level security, force row level security;
create materialized view seen as select a from secret;
alter table secret owner to pgark_corpus_owner;
alter materialized view seen owner to pgark_corpus_owner;
refresh materialized view seen;
