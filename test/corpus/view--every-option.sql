-- Check options, barriers, column names of its own, and comments and defaults on its columns.
create table t (a int, b text); create view local with (security_barrier = true, check_option = local) as select * from t where a > 0; create view cascaded as select * from local where a < 10 with cascaded check option;
create view named (x, "Y", z) as select a, b, a + 1 from t; create view off with (security_barrier = false) as select 1 as one; create view turned as select 1 as one; alter view turned set (security_barrier); alter view turned reset (security_barrier);
alter view named alter x set default 5; comment on column named."Y" is 'why'; create recursive view r (n) as values (1) union all select n + 1 from r where n < 3; create view nothing as select; insert into t values (1, 'x');
