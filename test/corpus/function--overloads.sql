create function f(int) returns int language sql as 'select 1';
create function f(text) returns int language sql as 'select 2';
create function f(int, text) returns int language sql as 'select 3';
create function f() returns int language sql as 'select 0';
create function "F ""x"""("A b" int) returns int language sql as 'select 4';
