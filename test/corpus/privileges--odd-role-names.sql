do $$ begin
  create role "pgark_corpus_Odd "" =/ role";
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role "pgark_corpus_üñí";
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  create role "pgark_corpus_a,b{c}";
exception when duplicate_object or unique_violation then null;
end $$;
create table t (id int);
grant select on t to "pgark_corpus_Odd "" =/ role", "pgark_corpus_üñí", "pgark_corpus_a,b{c}";
create sequence s;
grant usage on s to "pgark_corpus_Odd "" =/ role";
grant all on sequence s to "pgark_corpus_a,b{c}";
create view v as select 1 as one;
grant select on v to public;
