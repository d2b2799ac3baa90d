create table p (a int, b int generated always as (a * 2) stored) partition by range (a);
create table p1 partition of p for values from (0) to (10);
insert into p (a) values (1), (5);
