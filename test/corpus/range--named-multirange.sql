-- requires: 14
create schema other;
create type spanrange as range (subtype = int, multirange_type_name = other.many_spans);
create table spans (s spanrange, m other.many_spans, a spanrange[]);
insert into spans values ('[1,2)', '{[1,2),[5,6)}', '{"[1,2)"}');
create function build() returns spanrange language sql as 'select spanrange(1, 2)';
