create schema s;
create table s.t (id serial primary key, big bigserial, small smallserial, x text);
insert into s.t (x) values ('a'), ('b');
select setval('s.t_big_seq', 1000);
