-- requires: 15
-- Column lists by name behind dropped columns, filters that quote, the same table in several publications and its schema in another.
create schema s; create table s.t (gone int, a int primary key, "B b" text, c int); alter table s.t drop column gone; create table u (a int primary key); create publication listed for table s.t (a, c), u where (a > 5 and a is not null); create publication filtered for table s.t where ("B b" = 'it''s' or (a % 2) = 1) with (publish = 'insert');
create publication whole for tables in schema s; create publication mixed for tables in schema s, table u; insert into s.t values (1, 'x', 2);
