create table f (a int); alter table f replica identity full;
create table n (a int); alter table n replica identity nothing;
create table i (a int not null, b int not null); create unique index i_b on i (b); alter table i replica identity using index i_b;
create table k (a int not null unique, b int primary key); alter table k replica identity using index k_a_key;
insert into f values (1); insert into i values (1, 2);
