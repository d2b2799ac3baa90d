-- The parts of keys that reference partitioned tables have numbered names, which follow what was done when.
create schema n;
create table n.p (a int primary key, b int) partition by range (a);
create table n.p1 partition of n.p for values from (1) to (10);
create table n.p2 partition of n.p for values from (10) to (20);
create table n.gone partition of n.p for values from (20) to (30);
create table n.usual (a int references n.p);
create table n.own (a int constraint own references n.p, b int constraint "Own b" references n.p);
create table n.tree (a int constraint up references n.p) partition by list (a);
create table n.tree1 partition of n.tree for values in (1);
-- Before the others, and on two levels.
create table n.p0 partition of n.p for values from (-10) to (1) partition by list (a);
create table n."p 0" partition of n.p0 for values in (0);
create table n.p00 partition of n.p0 for values in (-1);
alter table n.p detach partition n.gone;
drop table n.gone;
alter table n.p detach partition n.p2;
alter table n.p attach partition n.p2 for values from (10) to (20);
create table n.after (a int references n.p, b int, constraint after_a_fkey9 foreign key (b) references n.p);
-- A name that the server would give to another's part.
create table n.meets (a int, constraint meets_a_fkey foreign key (a) references n.p, c int);
alter table n.meets add constraint meets_a_fkey_first check (c > 0);
create table n.same (a int);
create table n.q (a int primary key) partition by list (a);
create table n.q1 partition of n.q for values in (1);
alter table n.same add foreign key (a) references n.q;
create table n.q2 partition of n.q for values in (2);
alter table n.same add foreign key (a) references n.q;
create table n.q0 partition of n.q for values in (0);
alter table n.same rename constraint same_a_fkey to z;
alter table n.same add constraint same_a_fkey foreign key (a) references n.q;
insert into n.p values (1), (10), (0), (-1);
insert into n.usual values (1), (0);
