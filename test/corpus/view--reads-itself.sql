-- Views that read themselves: nobody can query them, but they are there.
create table item (id int primary key, name text);
create view mirror as select id, name from item;
create or replace view mirror as select id, name from mirror;
alter view mirror set (security_barrier = true);
comment on column mirror.name is 'never seen';
grant select on mirror to public;
create view inside as select id, name from item;
create or replace view inside as select id, name from item where id in (select i.id from inside i);
create view outside as select id from mirror;
