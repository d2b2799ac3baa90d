-- Extremes of every built-in type, and arrays of each. The test of values asserts that no type is missing.
create schema v;
create table v.numbers (a bool, b int2, c int4, d int8, e oid, f xid, g cid, h money, i numeric, j numeric(5, 2), k numeric(3, 0), l float4, m float8);
insert into v.numbers values
  (true, -32768, -2147483648, -9223372036854775808, 0, '0', '0', '-92233720368547758.08', '-99999999999999999999999999999999999999.00000000000000000000000000000001', -999.99, -999, '-3.4028235e38', '-1.7976931348623157e308'),
  (false, 32767, 2147483647, 9223372036854775807, 4294967295, '4294967295', '4294967295', '92233720368547758.07', repeat('9', 1000)::numeric, 0.00, 0, '1e-45', '5e-324'),
  (null, 0, -0, 0, 1, '3', '1', '0', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN'),
  (null, null, null, null, null, null, null, null, 0.000, 1.5, 1, 'Infinity', '-Infinity'),
  (null, 1, 1, 1, 1, '1', '1', '1', ('0.' || repeat('0', 200) || '1')::numeric, null, null, '-0', '-0');
create table v.texts (a text, b varchar, c varchar(3), d char(5), e bpchar, f name, g "char", h bytea, i uuid);
insert into v.texts values
  ('', '', '', '', '', '', '', '', '00000000-0000-0000-0000-000000000000'),
  (null, null, null, null, null, null, null, null, null),
  ('\.', '\.', '\.', '\.', '\.', '\.', '\', '\\.', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  ('\N', '\N', '\N', '\N', '\N', '\N', 'N', '\x5c4e', null),
  (E'\t\n\r\\\b\v\f', E'\n', E'\r\n', E'\\', E' \n ', E'\n\\.\n', ' ', '\x00ff0a0d095c2e', null),
  (E'a\\.\n\\.\n\\N\tb', 'NULL', 'é🐘x', 'é', 'x  ', 'é', 'a', decode(repeat('00', 5000), 'hex'), null),
  (E'\u0001\u007f\u0080\ufeff\uffff', '"', '''', '%s', '$$', ' ', '"', convert_to('\x', 'UTF8'), null),
  (repeat('compressible ', 10000), repeat('é', 100000), null, null, null, repeat('x', 63), null, (select string_agg(sha256(i::text::bytea), '' order by i) from generate_series(1, 2000) i), null);
create table v.times (a date, b time, c timetz, d timestamp, e timestamptz, f interval, g time(0), h timestamp(3), i interval day to second(3), j timetz(0));
insert into v.times values
  ('4713-01-01 BC', '00:00:00', '00:00:00+15:59:59', '4713-01-01 00:00:00 BC', '4713-01-02 00:00:00+00 BC', '-178000000 years', '00:00:00', '0001-12-31 23:59:59.999 BC', '-1 days -00:00:00.001', '24:00:00-15:59'),
  ('5874897-12-31', '24:00:00', '24:00:00-15:59:59', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '178000000 years', '24:00:00', '0001-01-01', '1 days -1 hours', null),
  ('infinity', '23:59:59.999999', '12:30:00.5+05:30', 'infinity', 'infinity', '1 year -2 mons 3 days -04:05:06.7', null, null, '0', null),
  ('-infinity', '00:00:00.000001', '12:30:00-03:30:15', '-infinity', '-infinity', '-1 year 2 mons -3 days 04:05:06.7', null, null, null, null),
  ('2000-02-29', '12:00', '12:00+00', '2000-01-01', '1900-01-01 00:00:00+00', '00:00:00', null, null, null, null),
  ('0001-01-01 BC', null, null, '1969-12-31 23:59:59.999999', '0044-03-15 12:00:00+00 BC', '-00:00:00.000001', null, null, null, null),
  (null, null, null, null, null, '596523:14:07.999999', null, null, null, null);
create table v.bits (a bit, b bit(9), c varbit, d bit varying(1), e bit varying(3));
insert into v.bits values (b'0', b'101010101', b'', b'', b''), (b'1', b'000000000', (repeat('10', 3000))::varbit, null, b'111'), (null, null, null, null, null);
create table v.shapes (a point, b line, c lseg, d box, e path, f polygon, g circle);
insert into v.shapes values
  ('(0,0)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '((0,0),(1,1))', '((0,0),(1,1),(1,0))', '<(0,0),0>'),
  ('(NaN,Infinity)', '{0,-1,1e300}', '[(-0,NaN),(-Infinity,1e-320)]', '(Infinity,1),(-Infinity,0)', '[(0,0)]', '((NaN,0))', '<(1e308,-1e308),Infinity>'),
  (null, null, null, null, null, null, null);
create table v.nets (a inet, b cidr, c macaddr, d macaddr8);
insert into v.nets values ('0.0.0.0/0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'), ('::ffff:1.2.3.4/128', '::/0', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff'),
  ('192.168.1.5/24', '2001:db8::/32', null, null), (null, null, null, null), ('::1', '10.0.0.0/8', null, null);
create table v.documents (a json, b jsonb, c xml, d jsonpath, e tsvector, f tsquery);
insert into v.documents values
  ('{"a": 1, "a":   2}', '{"a": 2, "": null, "\\u0000": "\\\\u0000", "🐘": [1e400, -0.0, 12345678901234567890.10]}', '', '$', '', ''),
  (E'[1,\n\t2]', '"\\"', '<a b="c">é &lt; \. </a>', 'strict $."a\"b"[*] ? (@ > 1 && @.type() == "x")', '''it''''s'' ''back\\slash'':1A,2B,16383C '' '':3', '!''a'' & (''b'':*AB | ''c'' <-> ''it''''s'')'),
  ('"\ud83d\udc18"', '[]', 'plain text, no document', 'lax $.**{2 to last}', 'a:1 b c:1,2,3', '''\\'' <5> ''x'''),
  ('"\u0000"', 'true', '<?xml version="1.0"?><a/>', null, null, null), ('null', 'null', null, null, null, null), (null, null, null, null, null, null);
create table v.system (a pg_lsn, b txid_snapshot, c pg_snapshot, d xid8, e tid, f refcursor, g int2vector, h oidvector, i regclass, j regproc, k regprocedure, l regoper, m regoperator, n regtype, o regrole, p regnamespace, q regconfig, r regdictionary, s regcollation, t aclitem);
insert into v.system values
  ('0/0', '1:1:', '10:20:10,14,19', '0', '(0,0)', '', '', '', 'pg_class', 'version', 'lower(text)', '||/', '+(int4,int4)', 'int4[]', 'pg_monitor', 'pg_catalog', 'simple', 'simple', '"C"', 'pg_monitor=r*w/pg_monitor'),
  ('FFFFFFFF/FFFFFFFF', '9223372036854775806:9223372036854775807:', '1:1:', '18446744073709551615', '(4294967294,65535)', 'a cursor; --', '1 -2 3', '1 4294967295', 'v.system', 'version', null, null, null, 'v.system', null, 'v', null, null, null, null),
  (null, null, null, null, null, null, null, null, '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', null),
  (null, null, null, null, null, null, null, null, '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '4294967295', '=/pg_monitor');
create table v.spans (a int4range, b int8range, c numrange, d tsrange, e tstzrange, f daterange);
insert into v.spans values
  ('empty', 'empty', 'empty', 'empty', 'empty', 'empty'), ('(,)', '(,)', '(,)', '(,)', '(,)', '(,)'),
  ('[-2147483648,2147483647)', '[-9223372036854775808,)', '[-1.50,NaN]', '["4714-11-24 00:00:00 BC",infinity]', '(-infinity,"2000-01-01 00:00:00+00")', '["4713-01-01 BC",infinity)'),
  ('(,5)', '[1,1]', '(1e-30,1e30)', '["2000-01-01 00:00:00","2000-01-01 00:00:00.000001")', '["2000-01-01 12:00:00+05:30",)', '[-infinity,infinity]'), (null, null, null, null, null, null);
-- Of these a column can be made, and no value.
create table v.nothing (a pg_node_tree, b pg_ndistinct, c pg_dependencies, d pg_mcv_list, e gtsvector, f oid);
insert into v.nothing (f) values (1), (null);

create schema arrays;
do $$
declare c record;
begin
  for c in
    select r.relname, a.attname, t.oid::regtype::text as type
    from pg_attribute a join pg_class r on r.oid = a.attrelid join pg_type t on t.oid = a.atttypid
    where r.relnamespace = 'v'::regnamespace and r.relkind = 'r' and a.attnum > 0 and not a.attisdropped and t.typarray <> 0 and t.typname !~ 'vector$' order by r.relname, a.attnum
  loop
    execute format($create$create table arrays.%1$I as
      select array_agg(%2$I) as x from %3$s union all
      select array[array_agg(%2$I), array_agg(%2$I)] from %3$s union all
      select array_fill((select %2$I from %3$s where %2$I is not null limit 1), array[2, 1, 2], array[-2, 3, 0]) union all
      select array_fill(null::%4$s, array[2]) union all select '{}' union all select null$create$,
      c.relname || '_' || c.attname, c.attname, format('v.%I', c.relname), c.type);
  end loop;
end $$;
-- They look like arrays themselves, and an aggregate takes them for such.
create table arrays.of_vectors (a int2vector[], b oidvector[], c tsvector[]);
insert into arrays.of_vectors values ('{"1 -2",NULL,""}', '[0:0]={"1 4294967295"}', array['a:1A ''it''''s''', null, '']::tsvector[]), ('{}', '{}', '{}'), (null, '{{"1"},{"2"}}', null);
