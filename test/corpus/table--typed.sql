create type employee as (name text, salary numeric, hired date);
create table employees of employee;
create table staff of employee (primary key (name), salary with options default 1000 not null, check (salary > 0));
insert into staff (name) values ('ann');
insert into employees values ('bob', 1, '2020-01-01');
