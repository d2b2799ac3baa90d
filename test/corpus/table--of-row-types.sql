-- Columns whose type is another table's, a view's, or an array of it.
create table z (a int, b text); create view zv as select a from z;
create table a (x z, xs z[], v zv); insert into a values (row(1, 'x'), array[row(2, 'y')::z], row(3));
alter table z add column c int;
