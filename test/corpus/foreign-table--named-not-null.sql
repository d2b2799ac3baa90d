-- requires: 18
create foreign data wrapper w; create server s foreign data wrapper w;
create foreign table t (a int constraint must not null, b int constraint "Own" not null no inherit, c int, d int generated always as (a + 1) virtual) server s;
alter foreign table t add constraint later not null c not valid;
comment on constraint must on t is 'must'; comment on constraint later on t is 'later';
create table parent (a int constraint here not null);
create foreign table child () inherits (parent) server s;
alter foreign table t add constraint not_so check (b > 0) not enforced;
