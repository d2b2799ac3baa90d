create domain looped as int;
create function accepts(looped) returns boolean language plpgsql as 'begin return $1 > 0; end';
alter domain looped add constraint accepted check (accepts(value));
