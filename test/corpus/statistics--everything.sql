-- requires: 14
do $$ begin create role pgark_corpus_owner; exception when duplicate_object or unique_violation then null; end $$;
create schema s; create schema o;
create table s.t (a int, gone int, b text, c int); alter table s.t drop column gone;
create statistics o.one on (lower(b)) from s.t;
create statistics o.more (dependencies, mcv) on a, c, (a + c), (b || 'x') from s.t;
alter statistics o.more set statistics 99; alter statistics o.one set statistics 0;
alter statistics o.more owner to pgark_corpus_owner; comment on statistics o.more is 'more';
create statistics "Odd 'name" on a, b from s.t;
create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1);
create statistics on_parent on a, b from p; create statistics on_part on a, b from p1;
create materialized view m as select 1 as a, 2 as b; create statistics on_m on a, b from m;
