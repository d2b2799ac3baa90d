create table t (a int, b text);
insert into t select i, i::text from generate_series(1, 20) i;
create index t_e on t (a, lower(b), (a * 2));
alter index t_e alter column 2 set statistics 400, alter column 3 set statistics 0;
