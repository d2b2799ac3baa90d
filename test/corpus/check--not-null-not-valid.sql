-- requires: 18
create table t (a int, b int);
insert into t values (null, 1);
alter table t add constraint a_someday not null a not valid;
alter table t add constraint b_alone not null b no inherit;
create table p (x int, y int);
insert into p values (null, null);
create table c () inherits (p);
alter table p add constraint x_someday not null x not valid;
create table k (a int not null, b int constraint named not null);
create table kc (a int constraint kc_a not null) inherits (k);
create table ki () inherits (k);
create table pt (a int constraint pt_a not null, b int) partition by list (a);
create table pt1 partition of pt (constraint pt1_b not null b) for values in (1);
create table pt2 (a int constraint other_name not null, b int); alter table pt attach partition pt2 for values in (2);
