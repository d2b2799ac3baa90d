-- Both sides partitioned, on several levels: the constraint has to wait for every index of the referenced side.
create table r (id int primary key, x int) partition by range (id);
create table r1 partition of r for values from (0) to (10) partition by range (id);
create table r1a partition of r1 for values from (0) to (5);
create table r2 partition of r for values from (10) to (20);
create table z (id int, r int references r) partition by list (id);
create table z1 partition of z for values in (1);
create table z2 partition of z for values in (2) partition by list (r);
create table z2a partition of z2 default;
create table plain (r int references r on delete cascade);
create table k (id int primary key); alter table z1 add constraint only_z1 foreign key (r) references k (id);
insert into k values (3); insert into r values (3, 1), (12, 2); insert into z values (1, 3), (2, 12); insert into plain values (3);
