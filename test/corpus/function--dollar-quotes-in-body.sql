create function quoted() returns text language plpgsql as $outer$
begin
  -- $$ and $_0$ and $
  return $inner$ \ ' " $inner$;
end $outer$;
create function ends_with_dollar() returns text language sql as 'select ''x'' -- $';
create function only_tag() returns text language sql as 'select 1::text -- $_0';
create function ends_with_both() returns text language sql as 'select 1::text -- $$ $_0';
