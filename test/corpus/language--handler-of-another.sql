create trusted language plpgsql_twin handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
comment on language plpgsql_twin is 'the same again';
create function hello() returns text language plpgsql_twin as $$ begin return 'hi'; end $$;
