-- requires: 14
create type list;
create function list_in(cstring, oid, int4) returns list language internal stable strict as 'array_in';
create function list_out(list) returns cstring language internal stable strict as 'array_out';
create function list_subscript(internal) returns internal language internal immutable strict as 'raw_array_subscript_handler';
create type fixed;
create function fixed_in(cstring) returns fixed language internal immutable strict as 'lseg_in';
create function fixed_out(fixed) returns cstring language internal immutable strict as 'lseg_out';
create type fixed (input = fixed_in, output = fixed_out, internallength = 32, alignment = double, element = float8, subscript = list_subscript);
create table t (a fixed);
insert into t values ('[(1,2),(3,4)]');
