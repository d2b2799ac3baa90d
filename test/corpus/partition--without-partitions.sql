create table p (a int primary key, b text) partition by range (a);
create index on p (b);
create unique index on p (a, b);
