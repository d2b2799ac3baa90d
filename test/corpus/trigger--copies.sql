-- Copies of triggers on partitions: comments and extensions of their own, other names before 15.
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create extension hstore;
create table p (a int) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2) partition by list (a);
create table p21 partition of p2 for values in (2);
create trigger t1 before insert on p for each row execute function f();
comment on trigger t1 on p1 is 'of p1';
comment on trigger t1 on p is 'of p';
alter trigger t1 on p21 depends on extension hstore;
create trigger t2 before insert on p for each row execute function f();
do $$ begin
  alter trigger t2 on p1 rename to other;
  alter trigger t2 on p2 rename to "oth'er";
  alter table p1 disable trigger other;
  comment on trigger other on p1 is 'renamed';
exception when internal_error then null;
end $$;
alter trigger t2 on p rename to named;
