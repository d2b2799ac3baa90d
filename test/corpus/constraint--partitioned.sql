create table p (a int, b int, constraint p_pk primary key (a), constraint p_ab unique (b, a)) partition by range (a);
create table p1 partition of p for values from (0) to (10);
create table p2 partition of p for values from (10) to (20) partition by range (a);
create table p2a partition of p2 for values from (10) to (15);
create table p3 (a int not null, b int, constraint "own name" primary key (a)); alter table p attach partition p3 for values from (20) to (30);
create table p4 partition of p for values from (30) to (40);
alter table p4 add constraint p4_only unique (b);
insert into p values (1, 1), (11, 2), (21, 3);
comment on constraint "own name" on p3 is 'its own name';
