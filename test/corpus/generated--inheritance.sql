-- A child that inherits a generated column must not say the expression again.
create table p (a int, b int generated always as (a * 2) stored);
create table c (x text) inherits (p);
create table l (a int, b int generated always as (a * 2) stored, y int);
alter table l inherit p;
insert into c (a, x) values (1, 'x'); insert into l (a, y) values (2, 3);
