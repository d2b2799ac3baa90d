-- requires: 17
create extension btree_gist;
create table t (id int, x jsonb, at timestamptz, name text collate "pg_c_utf8", check (json_exists(x, '$') is not false));
create view v as select j.a, json_value(t.x, '$.b' returning int) as b from t, json_table(t.x, '$[*]' columns (a int path '$.a')) as j;
create view w as select to_hex(id) as h, to_bin(id) as b, at at local as here from t;
create index on t (to_oct(id));
create table p (k int, during int4range, exclude using gist (k with =, during with &&)) partition by list (k);
create table p1 partition of p for values in (1);
insert into t (id) values (1);
