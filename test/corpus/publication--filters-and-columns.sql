-- requires: 15
-- Each table is in one publication only: an old pg_dump sorts several by OID, which parallel work does not keep.
create type mood as enum ('sad', 'glad');
create table t (gone int, id int primary key, "B ""b""" text, feeling mood, num numeric); alter table t drop column gone;
insert into t values (1, 'x', 'glad', 3);
create table t2 (like t including all); create table t3 (like t including all); create table t4 (like t including all); create table t5 (like t including all);
create table p (id int primary key, a text, b text) partition by range (id); create table p1 partition of p for values from (0) to (9);
create publication columns for table t ("B ""b""", id);
create publication rows for table t2 where (id > 1 and ("B ""b""" <> 'it''s;' or num is null)) with (publish = 'insert');
create publication always for table t3 where (true) with (publish = 'insert');
create publication rows_and_columns for table t4 (id, num) where (id % 2 = 0), p (a, id) where (id between 3 and 5) with (publish_via_partition_root = true);
create publication by_enum for table t5 where (num is not null and id in (1, 2)) with (publish = 'insert, truncate');
