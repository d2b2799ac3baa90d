-- The same name in two schemas, a name of 63 bytes, and an index on a schema's own operator class.
create schema "Other"; create table t (a int); create table "Other".t (a int); create index same on t (a); create index same on "Other".t (a);
create index "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" on t (a); create operator class "Other".my_ops for type int using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int, int);
create index mine on t (a "Other".my_ops); comment on index "Other".same is 'the other'; insert into t values (1);
