create type z_kind as enum ('a', 'b');
create domain z_name as text check (value <> '');
create type a_thing as (kind z_kind, name z_name);
