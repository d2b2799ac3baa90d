-- requires: 15
create unlogged sequence s start 5; create sequence l; alter sequence l set unlogged; alter sequence l set logged;
create unlogged table t (a serial, b int generated always as identity, c bigserial); alter sequence t_c_seq set logged;
create table lt (a serial); alter sequence lt_a_seq set unlogged;
alter table t set logged; create unlogged table back (a serial); select nextval('s'), nextval('l');
