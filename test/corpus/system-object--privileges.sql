-- What was granted on and revoked from PostgreSQL's own objects.
do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
grant execute on function pg_catalog.pg_ls_dir(text) to pgark_corpus_reader;
revoke execute on function pg_catalog.pg_sleep(double precision) from public;
grant select on pg_catalog.pg_authid to pgark_corpus_reader;
grant select (rolname, oid) on pg_catalog.pg_authid to pgark_corpus_reader;
revoke select on pg_catalog.pg_stats from public;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to pgark_corpus_reader;
revoke usage on type pg_catalog.int4 from public;
revoke select on information_schema.tables from public;
grant create on schema pg_catalog to pgark_corpus_reader with grant option;
grant execute on function pg_catalog.sum(integer) to pgark_corpus_reader;
