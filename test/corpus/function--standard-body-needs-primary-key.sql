-- requires: 14
create table t (id int primary key, name text);
create function grouped() returns setof text language sql begin atomic select name from t group by id; end;
