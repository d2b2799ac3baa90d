create table t (a int, b int, c text, d int,
  constraint pk primary key (b, a) include (d) with (fillfactor = 80),
  constraint "Uniq" unique (c) deferrable initially deferred,
  constraint u2 unique (d, c) deferrable,
  unique (a) include (b, c));
insert into t values (1, 2, 'x', 3), (2, 2, 'y', 4);
comment on constraint pk on t is 'the key'; comment on index pk is 'the index of the key';
alter table t cluster on pk;
