-- Range, list, hash, defaults, several levels, partitions in other schemas, columns in another order.
create schema parts;
create table p (id int not null, kind text not null, at date not null, primary key (id, kind, at)) partition by range (at);
create table parts.p2020 partition of p for values from ('2020-01-01') to ('2021-01-01') partition by list (kind);
create table parts.p2020a partition of parts.p2020 for values in ('a', 'b', null);
create table parts.p2020z partition of parts.p2020 default partition by hash (id);
create table parts.p2020z0 partition of parts.p2020z for values with (modulus 2, remainder 0);
create table parts.p2020z1 partition of parts.p2020z for values with (modulus 2, remainder 1);
create table p_rest (at date not null, dropped int, kind text not null, id int not null);
alter table p_rest drop column dropped;
alter table p attach partition p_rest default;
insert into p select i, chr(97 + i % 5), '2020-01-01'::date + i * 20 from generate_series(1, 50) i;
create index p_kind on p (kind);
