-- Local, inherited and merged columns; defaults and NOT NULL that a child says for itself.
create table p (a int default 1, b int not null, c text default 'p', d int);
create table c1 (x int) inherits (p);
create table c2 (b int, c text default 'c2') inherits (p);
create table q (e int default 9, a int default 1);
create table c3 (y int) inherits (p, q);
alter table c1 alter column a set default 2, alter column c drop default, alter column d set not null, alter column d set default 5;
create table c4 (a int, c text) inherits (p);
alter table c4 alter column a drop default;
create table g () inherits (c1);
insert into c1 (b, d, x) values (1, 2, 3); insert into c2 (b) values (4); insert into c3 (b) values (5); insert into p (b) values (6); insert into g (b, d) values (1, 1);
