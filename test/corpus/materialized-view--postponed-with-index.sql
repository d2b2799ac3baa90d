-- requires: 14
-- Grouping by the primary key puts the view behind it, and the view's index behind the view.
create table t (id int primary key, a text, b int);
insert into t select n, 'a' || n, n % 3 from generate_series(1, 10) n;
create materialized view grouped as select id, a, count(*) as n from t group by id;
create unique index grouped_id on grouped (id);
create materialized view above as select n, count(*) as groups from grouped group by n;
create index above_n on above (n);
-- A function whose body needs the key, and an index that needs the function.
create function first_of(wanted int) returns text language sql immutable begin atomic select a from t where id = wanted group by id; end;
create index t_first on t (first_of(b)) where false;
create view names as select id, a from t group by id;
