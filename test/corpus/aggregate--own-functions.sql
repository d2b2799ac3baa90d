create type zz_state as (n int, s text);
create function aa_step(zz_state, text) returns zz_state language sql immutable as $$ select row(($1).n + 1, $2)::zz_state $$;
create aggregate collect(text) (sfunc = aa_step, stype = zz_state, initcond = '(0,"it''s \\ ")');
create aggregate collect_many(variadic text[]) (sfunc = array_cat, stype = text[]);
