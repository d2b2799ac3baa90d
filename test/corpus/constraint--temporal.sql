-- requires: 18
create extension btree_gist;
create table t (id int, during daterange, primary key (id, during without overlaps));
create table u (id int, during daterange, foreign key (id, period during) references t (id, period during));
insert into t values (1, '[2020-01-01,2020-02-01)'); insert into u values (1, '[2020-01-10,2020-01-20)');
