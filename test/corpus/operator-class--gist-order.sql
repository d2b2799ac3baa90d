create function spot_distance(point, point) returns float8 language sql immutable as 'select $1 <-> $2';
create operator <~> (leftarg = point, rightarg = point, function = spot_distance, commutator = <~>);
create operator class spots for type point using gist as
  operator 1 <<, operator 5 >>, operator 6 ~=, operator 15 <~>(point, point) for order by pg_catalog.float_ops,
  function 1 gist_point_consistent(internal, point, smallint, oid, internal),
  function 2 gist_box_union(internal, internal),
  function 3 gist_point_compress(internal),
  function 5 gist_box_penalty(internal, internal, internal),
  function 6 gist_box_picksplit(internal, internal),
  function 7 gist_box_same(box, box, internal),
  function 8 gist_point_distance(internal, point, smallint, oid, internal),
  function 9 gist_point_fetch(internal),
  storage box;
create operator class words for type text[] using gin as
  operator 1 &&(anyarray, anyarray), operator 2 @>(anyarray, anyarray),
  function 1 bttextcmp(text, text), function 2 ginarrayextract(anyarray, internal, internal),
  function 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  function 4 ginarrayconsistent(internal, smallint, anyarray, int4, internal, internal, internal, internal), storage text;
create table t (a point, b text[]);
create index on t using gist (a spots);
create index on t using gin (b words);
