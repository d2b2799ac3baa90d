-- Nobody but the owner may create in public, on the majors too where everybody could.
revoke create on schema public from public;
create table t (a int);
