-- requires: 16
create table p (a int, b int generated always as (a * 2) stored);
create table c (b int generated always as (a * 3) stored) inherits (p);
insert into c (a) values (1);
