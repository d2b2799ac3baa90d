-- requires: 14
-- Bodies that need a primary key, and what needs those functions in turn.
create table t (id int primary key, name text, kind int);
create function names() returns setof text language sql begin atomic select name from t group by id; end;
create function count_names() returns bigint language sql return (select count(*) from names());
create view v as select * from names() n;
create view grouped as select id, name from t group by id;
create materialized view m as select id, name from grouped;
create index on m (id);
create function from_view() returns setof grouped language sql begin atomic select * from grouped; end;
create procedure fill() language sql begin atomic insert into t values (1, 'a', 2); delete from t where id = 2; end;
comment on function names() is 'all names';
revoke execute on function names() from public;
insert into t values (1, 'a', 2);
refresh materialized view m;
