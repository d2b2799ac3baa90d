-- requires: 17
create table partitioned (a interval) partition by range (a);
create table lower partition of partitioned for values from ('-infinity') to ('0');
create table upper partition of partitioned for values from ('0') to ('infinity');
insert into partitioned values ('-1 day'), ('1 day -24 hours 1 microsecond');
