-- requires: 18
-- Keys of partitions that were validated while the parent's are not.
create table pk (id int primary key);
create table p (a int, b int) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2) partition by list (b);
create table p21 partition of p2 for values in (1);
create table p22 partition of p2 for values in (2);
create table p3 partition of p for values in (3);
alter table p add constraint pa foreign key (a) references pk not valid;
alter table p1 validate constraint pa;
alter table p2 validate constraint pa;
alter table p3 validate constraint pa;
alter table p3 rename constraint pa to renamed;
alter table p22 rename constraint pa to renamed;
comment on constraint pa on p1 is 'here';
comment on constraint pa on p2 is 'here';
insert into pk values (1), (2);
insert into p values (1, 1), (2, 2);
