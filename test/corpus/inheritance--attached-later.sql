create table p (a int not null, b text default 'x', check (a > 0));
create table c (b text default 'x', a int not null, extra int, constraint p_a_check check (a > 0));
alter table c inherit p;
alter table c alter column b set statistics 10;
create table d (a int not null, b text, constraint p_a_check check (a > 0)); alter table d inherit p;
insert into c values ('x', 1, 2);
