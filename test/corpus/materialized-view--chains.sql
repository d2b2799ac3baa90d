-- Views over materialized views over views with GROUP BY a primary key: all wait for the key.
create table t (id int primary key, a int); insert into t values (1, 2), (2, 3);
create view v as select id, a from t group by id;
create materialized view m1 as select * from v;
create view v2 as select * from m1; create materialized view m2 as select a, count(*) from v2 group by a with no data;
create unique index on m1 (id); create materialized view m3 as select 1 as one from m1 with no data; refresh materialized view m3;
comment on materialized view m1 is 'one'; comment on column m1.a is 'its a'; create table uses (m m1);
