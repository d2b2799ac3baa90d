create extension hstore; create extension citext;
create table t (a hstore, b citext default 'X', c citext[]);
create index on t using gin (a);
insert into t values ('a=>1', 'b', '{c}');
create view v as select a -> 'a' as one from t;
