create function is_even(int) returns boolean language sql immutable as 'select $1 % 2 = 0';
create domain even as int check (is_even(value));
create table evens (n even);
insert into evens values (2);
