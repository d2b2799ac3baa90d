-- A collation is said only where it is not the type's own.
create schema c;
create collation c.plain from "C";
create domain c.code as text collate "C";
create table c.t (a text, b text collate "C", c text collate c.plain, d c.code, e c.code collate "POSIX", f varchar(10) collate "C" default 'x' not null);
insert into c.t values ('a', 'b', 'c', 'd', 'e', 'f');
