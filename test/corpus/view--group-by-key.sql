-- A view that is grouped by a primary key needs the constraint, and so does what needs the view.
create table t (id int primary key, a text, b text); insert into t values (1, 'x', 'y');
create view g as select id, a, b, count(*) from t group by id;
create view h as select * from g;
create materialized view m as select id, a, count(*) from t group by id;
