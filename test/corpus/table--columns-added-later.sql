-- Rows that are older than a column: its value is in no row, but in the catalog.
create table t (a int); insert into t values (1), (2);
alter table t add column b text not null default E'\\.\n\t''', add column c numeric(5, 2) default 'NaN', add column d int[] default '[0:1]={1,NULL}', add column e bytea default '\x005c', add column f timestamptz default '0044-03-15 BC';
alter table t alter column b set default '', alter column d drop default;
insert into t (a, d) values (3, '{}');
alter table t drop column c;
