-- attnum is not the position: indexes, keys, statistics and grants count past the holes.
create table holes (a int, b text, c int not null, d text, e int);
alter table holes drop column b, drop column a;
insert into holes values (1, 'x', 2), (2, 'y', null);
alter table holes add primary key (c);
create index holes_d on holes (d) include (e);
alter table holes add constraint holes_e check (e > 0);
create statistics holes_stat (ndistinct) on c, e from holes;
alter table holes add column f int default 7;
alter table holes drop column e cascade;
