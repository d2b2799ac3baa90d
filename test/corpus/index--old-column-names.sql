-- A column that was renamed keeps its old name in the indexes; their columns can be renamed by themselves, too.
create table account (id int primary key, mail text unique, "Old name" text, first int, second int, exclude using btree (first with =));
create index account_names on account ("Old name", mail);
create index account_lower on account (lower(mail), mail) include (second);
create index account_swapped on account (first, second);
create index account_twice on account (mail, mail);
alter table account rename mail to address;
alter table account rename "Old name" to name;
alter table account rename first to third;
alter table account rename second to first;
alter table account rename third to second;
alter table account rename id to number;
create table parted (id int, at date, primary key (id, at)) partition by range (at);
create table parted_1 partition of parted for values from ('2020-01-01') to ('2021-01-01');
create index parted_at on parted (at);
alter table parted rename at to day;
create materialized view names as select address as mail from account;
create unique index names_mail on names (mail);
alter materialized view names rename column mail to address;
