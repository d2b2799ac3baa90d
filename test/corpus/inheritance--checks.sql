create table p (a int, constraint pos check (a > 0), constraint mine check (a < 100) no inherit);
create table c (constraint own check (a <> 5), constraint pos check (a > 0)) inherits (p);
create table d () inherits (p);
comment on constraint pos on d is 'from p';
insert into d values (7);
alter table p add constraint late check (a <> 8) not valid;
insert into c values (1);
