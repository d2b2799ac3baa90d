-- requires: 17
create table logins (who text);
create function noted() returns event_trigger language plpgsql as $$ begin perform count(*) from public.logins; end $$;
create event trigger on_login on login execute function noted();
alter event trigger on_login enable always;
