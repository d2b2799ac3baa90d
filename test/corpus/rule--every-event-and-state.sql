-- Rules on tables and views, also and instead, conditional, with several actions, always, for replicas, disabled.
create table t (a int, b text); create table log (what text, a int); create view v as select * from t;
create rule ins as on insert to v do instead insert into t values (new.a, new.b) returning t.*; create rule upd as on update to v do instead (update t set a = new.a, b = new.b where a = old.a; insert into log values ('upd', new.a)); create rule del as on delete to v do instead delete from t where a = old.a;
create rule also as on insert to t where new.a > 5 do also insert into log select 'also', new.a; create rule nothing as on update to t where false do instead nothing; create rule "told ""so""" as on delete to t do also notify told;
alter table t disable rule nothing; alter table t enable replica rule also; alter table t enable always rule "told ""so"""; comment on rule also on t is 'also'; insert into v values (1, 'x');
