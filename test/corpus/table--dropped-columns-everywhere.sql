-- attnum is not the position: composite types, views over them, partitions with another order, keys, policies.
create type c as (a int, gone int, b text); alter type c drop attribute gone; create table uses (x c, xs c[]);
create table p (a int, gone text, b int, c text, primary key (a, b)) partition by range (a, b);
alter table p drop column gone;
create table p1 (c text, b int not null, dead int, a int not null); alter table p1 drop column dead; alter table p attach partition p1 for values from (0, 0) to (10, 10);
create index on p (c) include (b); create table r (x int, y int, gone int, z int, foreign key (x, z) references p (a, b)); alter table r drop column gone;
create trigger tr before update of z on r for each row when (new.z > 0) execute function suppress_redundant_updates_trigger();
create policy po on r using (z > 1); alter table r enable row level security; create statistics st on x, z from r;
create view v as select z, x from r; create rule ru as on insert to r where new.z = 1 do also select 1;
create publication pgark_dropped for table r; alter table r alter column z set statistics 3, alter column z set (n_distinct = 4);
comment on column r.z is 'behind a hole'; grant select (z) on r to public; alter table r add column g int generated always as (x + z) stored;
insert into p (a, b, c) values (1, 1, 'x'); insert into r (x, y, z) values (1, 2, 1); insert into uses values (row(1, 'x'), array[row(2, 'y')::c]);
