-- requires: 18
-- NOT NULL is valid in a child and not in its parent.
create table above (a int, b int); create table below (c int) inherits (above); create table side (a int) inherits (above); create table lowest () inherits (below);
insert into above values (null, 1); insert into below values (1, 2, 3); insert into side values (4, 5);
alter table above add constraint a_there not null a not valid;
alter table lowest validate constraint a_there; alter table below validate constraint a_there; alter table side validate constraint a_there;
comment on constraint a_there on below is 'valid here'; comment on constraint a_there on above is 'not yet';
create table kept (x int, y int); create table keeper () inherits (kept); alter table kept add not null x not valid;
alter table above add column late int; alter table below add column own int; alter table above add column later int;
