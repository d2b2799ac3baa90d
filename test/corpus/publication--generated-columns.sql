-- requires: 18
create table t2 (a int primary key, b int generated always as (a * 2) stored); create table t3 (like t2 including all);
create table t (a int primary key, b int generated always as (a * 2) stored, c int generated always as (a * 3) virtual);
create publication stored for table t with (publish_generated_columns = stored);
create publication none for table t2 with (publish_generated_columns = none, publish_via_partition_root = true);
create publication listed for table t3 (a, b);
create publication every for all tables with (publish_generated_columns = 'Stored');
