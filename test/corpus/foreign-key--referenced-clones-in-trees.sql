-- requires: 14
-- 13 leaves parts out, of keys in trees and of those that came with a partition, that a copy has.
create table p (a int primary key, b int) partition by range (a);
create table p2 partition of p for values from (10) to (20);
create table p1 partition of p for values from (1) to (10);
create table tree (a int constraint up references p) partition by list (a);
create table tree1 partition of tree for values in (1);
create table tree2 (a int constraint before references p);
alter table tree attach partition tree2 for values in (2);
create table leaf partition of tree for values in (3);
create table p0 partition of p for values from (-10) to (1);
alter table tree detach partition leaf;
create table self (a int primary key, up int references self) partition by list (a);
create table self2 partition of self for values in (2);
create table self1 partition of self for values in (1) partition by list (a);
create table self11 partition of self1 for values in (1);
insert into p values (1), (10), (0);
insert into self values (1, null), (2, 1);
