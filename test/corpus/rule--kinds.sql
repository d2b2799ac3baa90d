create table t (a int, b text); create table log (what text, a int);
insert into t values (1, 'x');
create rule on_ins as on insert to t do also insert into log values ('insert', new.a);
create rule on_upd as on update to t where old.a <> new.a do (insert into log values ('update', new.a); insert into log values (E'back\\slash', old.a));
create rule on_del as on delete to t do instead nothing;
create rule "Odd rule" as on insert to log where new.a < 0 do instead nothing;
alter table t disable rule on_upd; alter table t enable always rule on_ins; alter table log enable replica rule "Odd rule";
comment on rule on_ins on t is 'told';
