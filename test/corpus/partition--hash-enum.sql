create type color as enum ('red', 'green', 'blue', 'yellow');
create table p (c color, n int) partition by hash (c);
create table p0 partition of p for values with (modulus 3, remainder 0);
create table p1 partition of p for values with (modulus 3, remainder 1);
create table p2 partition of p for values with (modulus 3, remainder 2);
insert into p select c, n from unnest(enum_range(null::color)) c, generate_series(1, 10) n;
