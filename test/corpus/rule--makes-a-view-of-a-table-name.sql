-- A view replaced and renamed keeps its rules; a rule named as a keyword; a rule that calls functions and subqueries.
create table t (a int); create view v as select a from t; create or replace view v as select a, 1 as one from t; alter view v rename to "order"; create function f(int) returns int language sql as 'select $1 + 1';
create rule "select" as on insert to "order" do instead insert into t select f(new.a) where not exists (select from t where a = new.a); create rule "table" as on update to t do also select f(old.a), f(new.a); insert into "order" (a) values (1);
