create domain code as text;
create table codes (code code);
insert into codes values ('bad');
alter domain code add constraint upper_only check (value = upper(value)) not valid;
comment on constraint upper_only on domain code is 'existing rows may break it';
