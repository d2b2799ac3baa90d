-- requires: 14
create table t (a int4multirange, b int8multirange, c nummultirange, d tsmultirange, e tstzmultirange, f datemultirange);
insert into t values
  ('{}', '{}', '{}', '{}', '{}', '{}'), ('{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}'),
  ('{[1,2),[5,9)}', '{(,0),[9223372036854775806,)}', '{[-1.5,0),(1,NaN]}', '{["4714-11-24 00:00:00 BC","2000-01-01"],["2001-01-01",infinity]}', '{(-infinity,"2000-01-01 00:00:00+00")}', '{["4713-01-01 BC","2000-01-01"),[infinity,infinity]}'),
  (null, null, null, null, null, null);
create table lists (a int4multirange[], b datemultirange[]);
insert into lists values ('{"{[1,2),[5,9)}",NULL,"{}"}', '[0:1]={"{[infinity,infinity]}",NULL}'), ('{}', null), (null, '{{NULL},{"{}"}}');
create type floats as range (subtype = float8, multirange_type_name = many_floats);
create table own (a floats, b floats[], c many_floats, d many_floats[]);
insert into own values ('[NaN,NaN]', '{"[-Infinity,1e300]",NULL,empty}', '{[-0,1],[2,Infinity]}', array['{[1,2]}', null, '{}']::many_floats[]), ('empty', '{}', '{}', '{}'), (null, null, null, null);
