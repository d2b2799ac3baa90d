create type address as (street text collate "C", "House No" int, dropped int, city varchar(40));
alter type address drop attribute dropped;
comment on type address is 'where it is';
comment on column address."House No" is 'with a letter';
create table people (id int, home address, others address[]);
insert into people values (1, row('a', 1, 'b'), array[row('c', 2, 'd')::address]);
