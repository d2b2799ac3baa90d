-- What a partition says for itself: defaults, checks, not null, indexes, triggers, storage.
create table p (a int, b int default 1, c text) partition by list (a);
create table p1 partition of p (b default 2, c not null, constraint only_here check (b < 1000)) for values in (1) with (fillfactor = 50);
create table p2 partition of p for values in (2);
create table p3 (a int, b int, c text); alter table p attach partition p3 for values in (3);
alter table p add constraint everywhere check (b > 0);
alter table p1 alter column c set storage external;
create index p2_c on p2 (c);
create table p4 partition of p for values in (4) partition by list (b);
insert into p values (1, 5, 'x'), (2, 6, null), (3, 7, 'z');
