-- Indexes of a partitioned tree: one from the top, one of a partition alone, one on the top alone that is not valid, one attached under another name.
create table p (a int, b int) partition by list (a); create table p1 partition of p for values in (1); create table p2 partition of p for values in (2) partition by list (b); create table p2a partition of p2 for values in (1);
create index whole on p (a); create index alone on p1 (b); create index only_top on only p (b); create index "odd name" on p1 (a, b); create index pair on only p (a, b); alter index pair attach partition "odd name"; create index below on p2 (b);
insert into p values (1, 1), (2, 1);
