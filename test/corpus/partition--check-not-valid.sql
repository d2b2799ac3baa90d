create table p (a int, b int) partition by list (a);
create table p1 partition of p for values in (1);
insert into p values (1, -1);
alter table p add constraint positive check (b > 0) not valid;
alter table p1 add constraint here check (b > -100) not valid;
