-- requires: 14
create table t (id int primary key, name text);
create function add(a int, b int) returns int language sql return a + b;
create function names() returns setof text language sql begin atomic select name from t; select name from t where id > 0; end;
create procedure clear(int) language sql begin atomic delete from t where id = $1; end;
insert into t values (1, 'a');
