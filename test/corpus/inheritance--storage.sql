-- requires: 14
-- Storage, compression, statistics and options of children, partitions, index columns and materialized views.
create table p (a text, b text, c numeric) partition by list (a);
create table p1 partition of p for values in ('1');
alter table only p alter b set storage external;
alter table p1 alter b set storage main;
alter table p1 alter b set compression pglz;
alter table only p alter c set statistics 300;
alter table p1 alter c set (n_distinct = 5);
alter table p1 alter a set statistics 0;
create table i (a text, b text); create table i1 () inherits (i);
alter table i1 alter b set storage external, alter b set statistics 77, alter a set (n_distinct_inherited = 0.5);
alter table i alter a set (n_distinct = 10, n_distinct_inherited = -0.3);
create index i1e on i1 (lower(b), (a || b));
alter index i1e alter column 1 set statistics 44;
alter index i1e alter column 2 set statistics 45;
create view v as select * from i;
create materialized view m as select * from i;
alter materialized view m alter column a set statistics 12;
alter materialized view m alter column a set storage external;
alter materialized view m alter column a set (n_distinct = 4);
alter materialized view m alter column b set compression pglz;
create index m_a on m (a); create unique index m_b on m (b);
alter materialized view m cluster on m_a;
