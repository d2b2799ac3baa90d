create function zz_one() returns int language sql as 'select 1';
create function aa_two(n int default zz_one()) returns int language sql as 'select n + 1';
create table t (n int default aa_two());
insert into t default values;
