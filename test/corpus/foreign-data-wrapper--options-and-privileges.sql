do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
create schema s;
create function s."check options"(text[], oid) returns void language plpgsql as 'begin end';
create foreign data wrapper plain;
create foreign data wrapper "Odd;-- ""one""" validator s."check options" options (a 'it''s', "B c" 'x=y=z', empty '', back E'\\n\\''');
create foreign data wrapper built_in validator postgresql_fdw_validator;
comment on foreign data wrapper plain is 'plain'; comment on foreign data wrapper "Odd;-- ""one""" is E'a\nb';
grant usage on foreign data wrapper plain to pgark_corpus_reader with grant option;
revoke all on foreign data wrapper built_in from postgres;
-- Handlers are written in C: one of an extension, where the server has it.
do $$ begin
  if exists (select from pg_available_extensions where name = 'file_fdw') then
    create extension file_fdw with schema s;
    create foreign data wrapper files handler s.file_fdw_handler validator s.file_fdw_validator;
    create server files foreign data wrapper files;
    create server others foreign data wrapper file_fdw;
    create foreign table s.f (a int, b text options (force_null 'true')) server files options (filename '/nowhere/a,''b''.csv', format 'csv', header 'true');
  end if;
end $$;
