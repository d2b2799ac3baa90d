-- The mark that CLUSTER leaves: on an index, on a constraint's index, on a materialized view.
create table a (x int primary key, y int); create index a_y on a (y); alter table a cluster on a_y;
create table b (x int primary key, y int); alter table b cluster on b_pkey;
create materialized view m as select 1 as x; create unique index m_x on m (x); alter materialized view m cluster on m_x;
create table "Odd" (x int); create index "Odd Index" on "Odd" (x); alter table "Odd" cluster on "Odd Index"; comment on index "Odd Index" is 'odd';
