-- requires: 18
create table t (a int primary key);
create table u (a int references t not enforced, b int references t on delete cascade deferrable initially deferred not enforced);
create table p (a int references t not enforced, b int) partition by list (b);
create table p1 partition of p for values in (1);
insert into u values (99, 98); insert into p values (97, 1);
alter table u add check (a > 100) not enforced;
create table ch () inherits (u);
