-- Statistics targets, distinct values, storage: on dropped neighbours, inherited columns and partitions of their own.
create table p (gone int, a text, b text, c int) partition by list (c); alter table p drop column gone;
create table p1 partition of p for values in (1);
alter table p alter a set statistics 500, alter b set storage external; alter table only p1 alter a set statistics 50; alter table p1 alter b set storage main, alter c set (n_distinct = -0.5);
create table parent (x text, y text); create table child (z text) inherits (parent);
alter table parent alter x set (n_distinct = 7, n_distinct_inherited = 70); alter table only parent alter y set statistics 0; alter table child alter x set (n_distinct = 3), alter y set storage plain, alter z set statistics 10000;
alter table child alter z set statistics 100, alter z set statistics -1;
insert into p values ('a', 'b', 1); insert into child values ('x', 'y', 'z');
