-- requires: 17
-- A partitioned table says with which method its partitions are made; each partition may have another one.
create access method pgark_heap_twin type table handler heap_tableam_handler;
create table p (a int) partition by list (a) using pgark_heap_twin; create table p1 partition of p for values in (1); create table p2 partition of p for values in (2) using heap;
create table q (a int) partition by list (a); alter table q set access method pgark_heap_twin; create table r (a int) partition by list (a) using pgark_heap_twin; alter table r set access method default; insert into p values (1), (2);
