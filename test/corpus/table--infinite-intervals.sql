-- requires: 17
create table t (a interval, b interval[], c interval day to second(3));
insert into t values ('infinity', '{infinity,-infinity,NULL,00:00:00}', 'infinity'), ('-infinity', '[3:4]={-infinity,1 mon}', '-infinity'), (null, null, null);
