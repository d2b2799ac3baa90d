-- requires: 14
create table t (id int primary key, parent int, a int, b int, at timestamp, ranges int4multirange default '{[1,3)}'::int4multirange, check (bit_count(a::bit(32)) >= 0 or a is null));
create table u (id int, x text);
create view grouped as select a, b, count(*) from t group by distinct rollup (a, b), rollup (a);
create view searched as with recursive r (id, parent) as (select id, parent from t union all select t.id, t.parent from t, r where t.parent = r.id) search depth first by id set way select id, parent from r;
create view cycled as with recursive r (id, parent) as (select id, parent from t union all select t.id, t.parent from t, r where t.parent = r.id) cycle id set looped using path select id, looped from r;
create view named as select j.id, x from t join u using (id) as j;
create view called as select date_bin('15 minutes', at, '2001-01-01'), string_to_table('a,b', ','), trim_array(array[1, 2], 1) from t;
create view quoted as select 'date_bin(' as "trim_array(", x from u;
create table p (at point, a int);
create index on p using spgist (at) include (a);
create index on p using brin (a int4_minmax_multi_ops);
create procedure out_of(a int, out b int) language plpgsql as 'begin b := a; end';
create function over(r int4multirange) returns int language sql as 'select 1';
insert into t (id, a) values (1, 2);
