-- Comments on what initdb made.
comment on extension plpgsql is 'our own words';
comment on language plpgsql is 'our own language';
comment on function pg_catalog.lower(text) is 'makes small';
comment on table pg_catalog.pg_class is 'relations';
comment on view pg_catalog.pg_stats is 'statistics';
comment on type pg_catalog.int4 is 'a number';
comment on operator pg_catalog.+ (int4, int4) is 'plus';
comment on aggregate pg_catalog.sum(int4) is 'it''s \ a sum';
