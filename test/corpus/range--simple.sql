create type floatrange as range (subtype = float8, subtype_diff = float8mi);
create table spans (s floatrange);
insert into spans values ('[1.5,2.5)');
comment on type floatrange is 'a range';
