create domain price as numeric(10,2) default 0.00 not null
  constraint positive check (value >= 0) constraint small check (value < 1000000);
comment on domain price is 'money';
comment on constraint positive on domain price is 'never negative';
create table items (id int, price price);
insert into items values (1, 9.99);
