create table t (a int);
insert into t values (-1);
alter table t add constraint positive check (a > 0) not valid;
comment on constraint positive on t is 'from now on';
