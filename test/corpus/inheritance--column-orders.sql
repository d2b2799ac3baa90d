-- The parent's columns are not always first: what each child looks like stays.
create table p (a int, b text default 'p'); create table c (z int) inherits (p);
alter table p add column late int default 3; alter table c add column own int; alter table p add column later text not null default 'l';
create table g () inherits (c); alter table c add column third int; alter table p drop column a;
create table two (x int, y int); create table both_ (own text) inherits (p, two);
alter table two add column w int generated always as (x + 1) stored;
create table attached (later text not null, w2 int, b text, late int default 9); alter table attached inherit p;
insert into c (z, own) values (1, 2);
alter table p drop column late;
