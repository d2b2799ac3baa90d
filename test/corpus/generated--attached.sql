-- Generated columns of children that were attached.
create table p (a int, g int generated always as (a * 2) stored);
create table c2 (a int, g int generated always as (a * 2) stored);
alter table c2 inherit p;
create table pp (a int, g int generated always as (a * 2) stored) partition by list (a);
create table pp1 partition of pp for values in (1);
create table pp2 (g int generated always as (a * 2) stored, a int);
alter table pp attach partition pp2 for values in (2);
insert into pp (a) values (1), (2); insert into c2 values (4);
create table gc () inherits (c2);
