-- No columns at all, with a row in it, and one whose only column was dropped.
create table nothing ();
insert into nothing default values;
create table was_something (a int);
insert into was_something values (1), (2);
alter table was_something drop column a;
