-- Foreign keys of partitions under other names than their parent's.
create table ref (id int primary key);
create table p (a int, b int, constraint p_ref foreign key (b) references ref) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 (a int, b int, constraint own_ref foreign key (b) references ref); alter table p attach partition p2 for values in (2);
alter table p1 rename constraint p_ref to p1_ref;
create table pp partition of p for values in (3) partition by list (b);
create table pp1 partition of pp for values in (1);
alter table pp1 rename constraint p_ref to "deep ref";
comment on constraint p1_ref on p1 is 'renamed';
insert into ref values (1); insert into p values (1, 1), (2, 1), (3, 1);
