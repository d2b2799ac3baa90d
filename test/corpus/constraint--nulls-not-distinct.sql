-- requires: 15
create table t (a int, b int, unique nulls not distinct (a, b));
create unique index t_b on t (b) nulls not distinct where a > 0;
insert into t values (null, 1), (1, null);
