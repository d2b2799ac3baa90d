-- Cluster marks on a constraint's index, on a plain index, on a materialized view's; one that was taken back.
create table a (x int primary key, y int); alter table a cluster on a_pkey; create table b (x int, y int); create index "b y" on b (y desc nulls last); cluster b using "b y";
create table c (x int primary key); alter table c cluster on c_pkey; alter table c set without cluster; create materialized view m as select 1 as one; create unique index m_one on m (one); alter materialized view m cluster on m_one;
insert into b values (1, 2), (2, 1);
