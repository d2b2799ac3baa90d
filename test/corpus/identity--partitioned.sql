-- requires: 17
create table p (id int generated always as identity, a int) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2) partition by list (id);
create table p2x partition of p2 default;
insert into p (a) values (1), (2);
