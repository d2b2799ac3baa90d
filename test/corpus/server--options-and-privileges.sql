do $$ begin create role pgark_corpus_reader; exception when duplicate_object or unique_violation then null; end $$;
create foreign data wrapper w;
create foreign data wrapper v validator postgresql_fdw_validator;
create server z foreign data wrapper w;
create server "Odd ""S""" type 'it''s' version E'1\\2' foreign data wrapper w options (z 'last first', a 'second', "select" 'k=v', "Q q" '');
create server nearby foreign data wrapper v options (host '::1', port '5432', options '-c search_path=a,b');
alter server z owner to pgark_corpus_reader;
grant usage on foreign server nearby to pgark_corpus_reader; grant usage on foreign server "Odd ""S""" to public;
comment on server nearby is 'near;'; comment on server "Odd ""S""" is '''';
