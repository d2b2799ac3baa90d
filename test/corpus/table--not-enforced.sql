-- requires: 18
create table t (a int primary key, b int, constraint b_hint check (b > 0) not enforced);
create table u (t int references t not enforced);
insert into t values (1, -1); insert into u values (99);
