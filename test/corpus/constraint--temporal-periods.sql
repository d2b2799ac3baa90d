-- requires: 18
create extension btree_gist;
create table rooms (id int, during daterange, constraint rooms_key primary key (id, during without overlaps));
create table guests (id int, room int, during daterange, unique (id, during without overlaps) deferrable, foreign key (room, period during) references rooms (id, period during));
create table parts (id int, v tstzrange, m datemultirange, primary key (id, v without overlaps)) partition by list (id);
create table parts1 partition of parts for values in (1);
create table mm (id int, m datemultirange, primary key (id, m without overlaps));
create table mr (id int, m datemultirange, foreign key (id, period m) references mm (id, period m));
insert into rooms values (1, '[2020-01-01,2020-02-01)'); insert into guests values (1, 1, '[2020-01-05,2020-01-06)');
