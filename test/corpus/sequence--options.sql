create sequence a;
create sequence b as smallint increment by 2 minvalue -5 maxvalue 100 start 3 cache 10 cycle;
create sequence c as integer increment by -1;
create sequence d minvalue 10 no maxvalue;
create sequence e as bigint maxvalue 9223372036854775806;
select nextval('a'), nextval('a'), nextval('b'), setval('d', 9223372036854775807), setval('e', 50, false);
comment on sequence a is 'a';
