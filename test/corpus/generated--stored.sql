create table t (a int, b int generated always as (a * 2) stored, c text generated always as ('n' || a::text) stored not null);
create index on t (b);
insert into t (a) values (1), (2);
