-- requires: 18
-- The name that the server would give to a table's NOT NULL is another table's too, which is made before.
create table tree (id int not null, kept int not null) partition by list (id);
create table gone partition of tree for values in (1);
create table leaf partition of tree for values in (2);
alter table tree detach partition gone;
create table users (id int primary key, name text not null);
alter table users rename to before;
create table users (id int primary key, name text not null);
alter table before rename constraint users_name_not_null to x;
alter table users rename constraint users_name_not_null1 to users_name_not_null;
alter table before rename constraint x to users_name_not_null;
