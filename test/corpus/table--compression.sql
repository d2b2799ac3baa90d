-- requires: 14
create table t (a text compression pglz, b text, c bytea);
insert into t values ('a', 'b', '\x01');
