create table t (id int primary key, a text); insert into t values (1, 'x');
create view v as select id, a from t;
create function put() returns trigger language plpgsql as $$ begin insert into t values (new.id, new.a); return new; end $$;
create trigger into_t instead of insert on v for each row execute function put();
