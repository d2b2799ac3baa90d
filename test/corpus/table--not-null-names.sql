-- requires: 18
create table t (a int constraint a_is_there not null, b int not null, c int constraint "Odd name" not null no inherit, d int);
alter table t add constraint d_there not null d not valid;
comment on constraint a_is_there on t is 'a is there';
comment on constraint t_b_not_null on t is 'b too';
create table p (x int not null, y int constraint y_named not null, z int not null no inherit);
create table q (w int) inherits (p);
create table r (constraint r_x not null x, z int not null) inherits (p);
insert into t values (1, 2, 3, 4); insert into q values (1, 2, 3, 4);
