-- Rules and triggers that a user put on an extension's view.
create extension pg_buffercache;
create table log (id int);
create rule note as on insert to pg_buffercache do instead insert into log values (new.bufferid);
comment on rule note on pg_buffercache is 'notes it';
create function f() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger "Odd ' name" instead of delete on pg_buffercache for each row execute function f();
