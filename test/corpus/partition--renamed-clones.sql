-- What a partition got from its parent and was renamed afterwards, or had under another name before.
create table ref (id int primary key);
create table p (a int, b int, constraint p_key primary key (a), constraint p_ref foreign key (b) references ref, constraint p_check check (b > 0)) partition by list (a);
create index p_b on p (b);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr after insert on p for each row execute function f();
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2);
alter table p1 rename constraint p1_pkey to "first key";
alter index p2_b_idx rename to "second's index";
alter table p2 rename to "Second";
alter table "Second" disable trigger tr;
comment on index "second's index" is 'renamed'; comment on constraint "first key" on p1 is 'a key';
create table p3 (b int, a int, constraint own_key primary key (a), constraint own_ref foreign key (b) references ref, constraint p_check check (b > 0), constraint only_mine check (a = 3));
create index own_b on p3 (b);
alter table p attach partition p3 for values in (3);
create table p4 (gone int, b int, x int, a int not null, constraint p_check check (b > 0)); alter table p4 drop column gone, drop column x; alter table p attach partition p4 for values in (4);
insert into ref values (1); insert into p (a, b) values (1, 1), (2, 1), (3, 1), (4, 1);
