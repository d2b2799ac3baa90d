-- Each table is in one publication only: an old pg_dump sorts several by OID, which parallel work does not keep.
create table p (id int, region text, primary key (id, region)) partition by list (region);
create table p1 partition of p for values in ('a'); create table p2 partition of p for values in ('b') partition by range (id);
create table p21 partition of p2 for values from (1) to (10);
insert into p values (1, 'a'), (2, 'b');
create table q (like p including all) partition by list (region); create table q1 partition of q for values in ('a');
create publication by_leaf for table p;
create publication by_root for table q with (publish_via_partition_root = true);
create publication leaf_only for table p21, p1 with (publish = 'truncate');
create publication middle for table p2 with (publish_via_partition_root = true, publish = 'insert,update');
