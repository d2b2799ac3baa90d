-- requires: 18
create table t (a int, v int generated always as (a * 2) virtual, s int generated always as (a * 3) stored, w text generated always as ('x' || a) not null);
create table c () inherits (t); create table d (v int generated always as (a * 5) virtual) inherits (t);
create table p (a int, v int generated always as (a + 1)) partition by list (a); create table p1 partition of p for values in (1);
create table p2 (v int generated always as (a + 9), a int); alter table p attach partition p2 for values in (2);
alter table t add constraint v_check check (v < 1000); create view vv as select v, w from t; grant select (v) on t to public; comment on column t.v is 'twice';
insert into t (a) values (1); insert into p (a) values (1), (2); create policy po on t using (v > 0);
