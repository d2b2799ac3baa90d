create table a (id int primary key); create table b (a int);
insert into b values (5);
alter table b add constraint later foreign key (a) references a not valid;
