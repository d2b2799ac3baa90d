do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create schema ext;
create extension hstore schema ext;
create extension pg_buffercache schema ext;
grant select on ext.pg_buffercache to pgark_corpus_reader;
grant select (bufferid) on ext.pg_buffercache to public;
grant execute on function ext.pg_buffercache_pages() to pgark_corpus_reader with grant option;
revoke execute on function ext.akeys(ext.hstore) from public;
revoke usage on type ext.hstore from public;
create view v as select bufferid from ext.pg_buffercache;
