create table a (id int primary key, b int); create table b (id int primary key, a int references a);
alter table a add foreign key (b) references b;
insert into a values (1, null); insert into b values (1, 1); update a set b = 1;
