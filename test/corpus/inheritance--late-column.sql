-- A column that the parent got later stands behind the child's own.
create table p (a int); create table c (z int) inherits (p);
alter table p add column b int default 3;
insert into c values (1, 2, 3);
