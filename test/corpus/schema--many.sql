create schema b; create schema a; create schema "C d";
create table b.t (id int primary key); create table a.t (id int references b.t); create table "C d".t (id int references b.t);
create view a.v as select * from "C d".t; insert into b.t values (1); insert into a.t values (1);
