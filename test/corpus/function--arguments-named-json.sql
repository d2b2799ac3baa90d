-- Arguments with names that only newer servers keep for themselves, beside types of those names.
create function echo("json" json, "json_value" jsonb[] default '{}', out "merge_action" json) language sql as 'select $1';
create function rows_of(json) returns table ("json" json, "json_table" text) language sql as $$ select $1, 'a' $$;
comment on function echo(json, jsonb[]) is 'named'; revoke all on function rows_of(json) from public;
create function keep(state json, "json" json) returns json language sql as $$ select coalesce($1, $2) $$;
create aggregate first_of("json" json) (sfunc = keep, stype = json);
