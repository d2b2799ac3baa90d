create schema "evil
drop table x;";
create table "evil
drop table x;"."a';b" ("c""d" int);
comment on column "evil
drop table x;"."a';b"."c""d" is E'line\n\\ -- ''; drop table x;';
