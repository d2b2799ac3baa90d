-- requires: 15
create schema "A;--"; create schema b; create schema c; create table c.t (a int primary key); create table "A;--".t (a int primary key); create table b.t (a int primary key); create table t (a int primary key, b int);
create publication in_schema for tables in schema "A;--", public with (publish = 'insert');
create publication mixed for table c.t where (a > 1), tables in schema b;
create publication current for tables in schema c;
comment on publication mixed is 'mixed';
