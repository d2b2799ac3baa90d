-- Names that need quotes, and names that would break SQL out of a comment.
create schema "My Schema";
create schema "select";
create table "My Schema"."Weird ""Table""" ("Col 1" int primary key, "select" text default 'it''s', "ünï" text, "new
line" int, "$dollar" int, "9" int, "a.b" int);
insert into "My Schema"."Weird ""Table""" values (1, 'a', 'b', 2, 3, 4, 5);
create index "Idx; drop" on "My Schema"."Weird ""Table""" ("select", "new
line");
create view "select"."from" as select "Col 1" as "Where", "select" from "My Schema"."Weird ""Table""";
create sequence "select"."Seq Name";
create table "select"."order" ("user" int references "My Schema"."Weird ""Table""" ("Col 1"), "group" int unique, check ("group" > 0));
