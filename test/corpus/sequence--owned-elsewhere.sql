-- Owned by one table, used by another; owned without being used; two tables that use each other's.
create sequence shared;
create table a (id int default nextval('shared'));
create table b (id int default nextval('shared'));
alter sequence shared owned by b.id;
create sequence kept; create table c (x int); alter sequence kept owned by c.x;
create table m (id serial, other int); create table n (id serial, other int default nextval('m_id_seq'));
alter table m alter other set default nextval('n_id_seq');
insert into a default values; insert into b default values; insert into m default values;
