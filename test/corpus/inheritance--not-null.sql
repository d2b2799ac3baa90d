-- NOT NULL of children and partitions: their own, their parents', or both.
create table p (a int, b int not null, c int);
create table c1 () inherits (p);
create table c2 (a int not null, b int) inherits (p);
alter table c1 alter c set not null;
create table c3 (a int, b int not null, c int);
alter table c3 inherit p;
create table g (d int) inherits (c1, c2);
create table pp (a int, b int) partition by list (a);
create table pp1 partition of pp for values in (1);
alter table pp1 alter b set not null;
create table pp2 (a int not null, b int);
alter table pp attach partition pp2 for values in (2);
alter table pp alter a set not null;
