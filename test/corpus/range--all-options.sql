create function text_distance(text, text) returns float8 language sql immutable as 'select 1.0::float8';
create type textrange as range (subtype = text, subtype_opclass = text_pattern_ops, collation = "C", subtype_diff = text_distance);
