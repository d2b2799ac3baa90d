create table t (a int, b text);
create view checked with (check_option = cascaded, security_barrier = true) as select a, b from t where a > 0;
create view barred with (security_barrier = false) as select a from t where a > 1 with local check option;
create view two_options with (security_barrier) as select b from t; alter view two_options set (check_option = 'local');
