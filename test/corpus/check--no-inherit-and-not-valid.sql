create table p (a int, constraint own check (a > 0) no inherit, constraint everybodys check (a < 100));
create table c (b int, constraint cs_own check (b > 0)) inherits (p);
alter table p add constraint late check (a <> 5) not valid;
alter table c add constraint lone check (b <> 7) not valid;

create table e (a int, constraint everybodys check (a < 100), constraint late check (a <> 5));
alter table e inherit p;
insert into p values (1); insert into c values (2, 3);
