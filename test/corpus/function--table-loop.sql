-- Functions on row types of tables, tables with defaults from functions, views on both.
create table base (id int primary key, name text); insert into base values (1, 'x');
create function label(base) returns text language sql immutable as $$ select $1.name $$;
create function make_id() returns int language plpgsql as $$ begin return (select count(*) from base); end $$;
create table derived (id int default make_id(), b base, bs base[]);
create view labels as select b.label from base b;
create index on base (label(base));
insert into derived (b) values (row(5, 'y'));
