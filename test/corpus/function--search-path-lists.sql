create schema "Odd, ""Schema""";
create function f1() returns int language sql set search_path = "Odd, ""Schema""", public, pg_temp as 'select 1';
create function f2() returns int language sql set search_path = '' as 'select 1';
create function f3() returns int language sql set search_path = "$user", pg_catalog as 'select 1';
create function f4() returns int language sql set temp_tablespaces = '' as 'select 1';
create function f5() returns int language sql set "my.setting" = 'a, b' as 'select 1';
