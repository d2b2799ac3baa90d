-- The server's own triggers of keys, switched by ALTER TABLE … TRIGGER ALL.
create table parent (id int primary key);
create table child (id int references parent, b int references parent);
create table child2 (id int references parent);
insert into parent values (1), (2);
insert into child values (1, 2);
alter table child disable trigger all;
alter table parent enable trigger all;
alter table child2 disable trigger all;
create table pp (id int references parent) partition by list (id);
create table pp1 partition of pp for values in (1);
create table pp2 partition of pp for values in (2);
alter table pp1 disable trigger all;
create table u (a int unique deferrable, b int, exclude using btree (b with =) deferrable);
alter table u disable trigger all;
create table "od'd" (a int constraint "k$$ey" references parent);
alter table "od'd" disable trigger all;
