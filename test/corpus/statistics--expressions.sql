-- requires: 14
create table t (a int, b text); insert into t values (1, 'x');
create statistics e (ndistinct, mcv) on (a % 10), lower(b), a from t;
create statistics one on (a * 2) from t;
