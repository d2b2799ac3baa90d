create function twice(int) returns int language sql immutable as 'select 2 * $1';
do $$ begin if current_setting('server_version_num')::int < 140000 then
  execute 'create operator !! (leftarg = int, function = twice)';
  execute 'comment on operator !! (int, none) is ''behind''';
end if; end $$;
