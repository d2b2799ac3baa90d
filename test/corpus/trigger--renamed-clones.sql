-- requires: 15
-- From 15 on a partition's trigger is renamed with its parent's only; its state is its own.
create table p (a int) partition by list (a);
create table p1 partition of p for values in (1);
create table p2 partition of p for values in (2) partition by list (a);
create table p21 partition of p2 for values in (2);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger tr after insert on p for each row execute function f();
alter trigger tr on p rename to "new name";
alter table p1 enable replica trigger "new name";
alter table p21 enable always trigger "new name";
alter table only p2 disable trigger "new name";
