create table aa_table (id int, v text);
create type zz_type as (a int);
create function aa_function(aa_table, zz_type) returns aa_table language sql as 'select $1';
insert into aa_table values (1, 'x');
