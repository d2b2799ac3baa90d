-- Unlogged: made so, turned so, turned back, with serial and identity, and as a partition; its index and toast follow.
create unlogged table made (id serial, a text); create table turned (id int generated always as identity, a text primary key); alter table turned set unlogged; create unlogged table back (a int); alter table back set logged;
create table p (a int) partition by list (a); create unlogged table p1 partition of p for values in (1); create table p2 partition of p for values in (2);
insert into made (a) values ('x'); insert into turned (a) values ('y'); insert into p values (1), (2);
