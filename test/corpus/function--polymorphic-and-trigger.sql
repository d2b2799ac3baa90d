create function first_of(anyarray) returns anyelement language sql immutable as 'select $1[1]';
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function on_ddl() returns event_trigger language plpgsql as $$ begin end $$;
