create table a (id int primary key, code text unique, x int, y int, unique (x, y));
create table b (id int primary key,
  a1 int references a on delete cascade on update set null, a2 text references a (code) on delete set default deferrable initially deferred,
  a3 int references a on delete restrict not deferrable, a4 int constraint "FK 4" references a deferrable,
  x int, y int, foreign key (x, y) references a (x, y) match full, self int references b);
insert into a values (1, 'c', 2, 3); insert into b values (1, 1, 'c', 1, 1, 2, 3, 1), (2, null, null, null, null, null, null, 1);
