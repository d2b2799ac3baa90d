-- The index of a partitioned table that some partitions do not have is invalid, and stays so.
create table p (id int, at date) partition by range (at);
create table p1 partition of p for values from ('2020-01-01') to ('2021-01-01');
create table p2 partition of p for values from ('2021-01-01') to ('2022-01-01');
create index p_id on only p (id);
create index p1_id on p1 (id);
alter index p_id attach partition p1_id;
create index p_none on only p (id, at);
alter table only p add constraint p_key unique (id, at);
create table q (id int, at date) partition by range (at);
create table q1 partition of q for values from ('2020-01-01') to ('2021-01-01') partition by range (at);
create table q1a partition of q1 for values from ('2020-01-01') to ('2020-06-01');
create table q1b partition of q1 for values from ('2020-06-01') to ('2021-01-01');
create index q_id on only q (id);
create index q1_id on only q1 (id);
create index q1a_id on q1a (id);
alter index q_id attach partition q1_id;
alter index q1_id attach partition q1a_id;
insert into p values (1, '2020-02-02'), (2, '2021-02-02');
