-- The partition's own key came after that of the whole, and sorts before it by name.
create table target (id int primary key);
insert into target values (1), (2);
create table whole (id int constraint whole_key references target) partition by list (id);
create table part partition of whole for values in (1) partition by list (id);
create table leaf partition of part for values in (1);
alter table leaf add constraint a_leaf_key foreign key (id) references target (id);
alter table part add constraint b_part_key foreign key (id) references target (id) on delete cascade;
insert into whole values (1), (1);
