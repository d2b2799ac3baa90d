create extension pg_buffercache;
create extension hstore;
comment on extension hstore is 'a map';
commit;
comment on view pg_buffercache is 'what is in memory';
comment on column pg_buffercache.bufferid is 'its number';
comment on function akeys(hstore) is 'all keys';
