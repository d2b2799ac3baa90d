-- requires: 17
create table p (a int) partition by list (a) using heap;
create table p1 partition of p for values in (1);
create table h (a int) using heap; insert into h values (1); insert into p values (1);
