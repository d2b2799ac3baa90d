-- requires: 18
-- Columns came late, and with them checks that nobody enforces or validated.
create table top (a int); create table mid (m int) inherits (top); create table low (l int) inherits (mid);
alter table top add column b int; alter table top add constraint b_positive check (b > 0) not enforced;
alter table top add column c int; alter table top add constraint c_positive check (c > 0) not valid;
alter table top add column d int; alter table top add constraint d_positive check (d > 0);
alter table top add column e int; alter table top add constraint e_there not null e not valid;
insert into low (a, b, c, d, m, l, e) values (1, -1, 1, 1, 2, 3, 4);
