-- Foreign tables among the partitions have no indexes: the whole's are valid all the same.
create foreign data wrapper dummy;
create server remote foreign data wrapper dummy;
create table p (id int, at date) partition by range (at);
create table p1 partition of p for values from ('2020-01-01') to ('2021-01-01');
create foreign table p2 partition of p for values from ('2021-01-01') to ('2022-01-01') server remote;
create index p_id on p (id);
create index p_only on only p (at);
create table q (id int, at date) partition by range (at);
create table q1 partition of q for values from ('2020-01-01') to ('2021-01-01') partition by range (at);
create table q11 partition of q1 for values from ('2020-01-01') to ('2020-07-01');
create foreign table q12 partition of q1 for values from ('2020-07-01') to ('2021-01-01') server remote;
create index " ON ONLY " on q (id, (id + 1)) where id > 0;
