-- Replica identities that ride on an index: a constraint's, a plain one's, one of a partition; and nothing.
create table by_key (a int not null, b int not null, constraint k unique (a)); alter table by_key replica identity using index k;
create table by_index (a int not null, b int not null, c int); create unique index "By b" on by_index (b) include (c); alter table by_index replica identity using index "By b";
create table nothing (a int primary key); alter table nothing replica identity nothing; create table p (a int primary key) partition by list (a); create table p1 partition of p for values in (1); alter table p1 replica identity using index p1_pkey;
create table full_one (a int); alter table full_one replica identity full; insert into by_key values (1, 2);
