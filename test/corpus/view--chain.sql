-- Views on views, with names against the order of need, and through functions.
create table t (id int primary key, a int, b text); insert into t values (1, 2, 'x');
create view z as select id, a from t;
create view b as select * from z;
create view a as select b.*, t.b from b join t using (id);
create function f() returns setof a language sql as $$ select * from a $$;
create view fa as select * from f();
