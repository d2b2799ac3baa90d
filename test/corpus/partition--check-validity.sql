-- Checks of partitions: valid under a NOT VALID parent, their own before and after they were attached.
create table p (a int, b int) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 (b int, a int, constraint nv check (b > 0));
alter table p attach partition p2 for values in (2);
create table p3 partition of p for values in (3) partition by list (b);
create table p31 partition of p3 for values in (1);
alter table p add constraint nv check (b > 0) not valid;
alter table p1 validate constraint nv;
create table p4 (a int, b int, constraint whole check (b < 100), constraint nv check (b > 0));
alter table p attach partition p4 for values in (4);
alter table p add constraint whole check (b < 100);
alter table p1 add constraint local check (b <> 7);
alter table p1 add constraint local_nv check (b <> 8) not valid;
insert into p values (1, 1), (2, 2), (3, 1), (4, 4);
