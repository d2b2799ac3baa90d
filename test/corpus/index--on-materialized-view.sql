create table t (a int, b text); insert into t values (1, 'x'), (2, 'y');
create materialized view m as select a, b from t;
create unique index m_a on m (a); create index m_b on m (lower(b));
alter materialized view m cluster on m_a;
alter materialized view m alter column b set statistics 50;
