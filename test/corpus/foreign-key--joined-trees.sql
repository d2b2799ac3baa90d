-- A partitioned table with a key of its own became a partition of another that has the same key, and its partitions had one each before.
create table port (code int primary key);
create table berth (code int, year int) partition by range (year);
alter table berth add constraint berth_port foreign key (code) references port;
create table old_berth (code int, year int) partition by range (year);
alter table old_berth add constraint old_port foreign key (code) references port;
create table old_berth_1 partition of old_berth for values from (0) to (10);
create table old_berth_2 (code int references port, year int);
alter table old_berth attach partition old_berth_2 for values from (10) to (20);
alter table berth attach partition old_berth for values from (0) to (20);
comment on constraint old_port on old_berth_1 is 'the deepest';
insert into port values (1); insert into berth values (1, 5), (1, 15);
