create function count_rows() returns bigint language plpgsql as $$ begin return (select count(*) from public.counted); end $$;
create table counted (id int, n bigint default count_rows());
insert into counted (id) values (1), (2);
