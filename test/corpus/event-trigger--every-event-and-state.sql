-- Event triggers of every event, with one tag, several, none, and in every state.
create function f() returns event_trigger language plpgsql as 'begin end'; create function g() returns event_trigger language plpgsql as 'begin perform 1; end';
create event trigger a_start on ddl_command_start execute function f(); create event trigger b_end on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE', 'DROP FUNCTION') execute function f(); create event trigger c_drop on sql_drop when tag in ('DROP TABLE') execute function g(); create event trigger "D rewrite" on table_rewrite execute function g();
alter event trigger a_start disable; alter event trigger b_end enable replica; alter event trigger c_drop enable always; comment on event trigger "D rewrite" is 'rewrites';
