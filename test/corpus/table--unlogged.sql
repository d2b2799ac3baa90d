create unlogged table u (id serial primary key, a text);
insert into u (a) values ('x');
create index on u (a);
