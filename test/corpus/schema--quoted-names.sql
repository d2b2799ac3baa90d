create schema "Mixed Case";
create schema "with ""quote"" and . dot";
create schema "select";
create table "Mixed Case"."order" ("select" int, "a b" text);
insert into "Mixed Case"."order" values (1, 'x');
