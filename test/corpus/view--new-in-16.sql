-- requires: 16
create table t (id int, x jsonb, who text default system_user, check (x is json object or x is null));
create view v as select any_value(id) as some, json_object('a': 1, 'b': 2 null on null) as o, json_arrayagg(id order by id) as ids from t;
create view shuffled as select array_shuffle(array[id, 2]) as a, date_add(now(), '1 day'::interval, 'UTC') as later from t;
create table sorted (name text collate "unicode");
create publication p for table t;
create subscription from_here connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false, slot_name = none, origin = none, streaming = parallel, password_required = false, run_as_owner = true);
insert into t (id) values (1);
