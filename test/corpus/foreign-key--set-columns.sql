-- requires: 15
create table a (t int, id int, primary key (t, id));
create table b (t int, id int, foreign key (t, id) references a on delete set null (id));
insert into a values (1, 1); insert into b values (1, 1);
