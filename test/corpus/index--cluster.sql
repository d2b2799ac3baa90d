create table t (a int primary key, b int);
create index t_b on t (b);
alter table t cluster on t_b;
insert into t values (1, 2);
