create aggregate my_sum(int) (sfunc = int4pl, stype = int, initcond = '0');
create aggregate my_count(*) (sfunc = int8inc, stype = int8, initcond = '0', parallel = safe);
create aggregate my_max(text) (sfunc = text_larger, stype = text, sortop = >);
comment on aggregate my_count(*) is 'counts';
comment on aggregate my_sum(int) is 'sums';
