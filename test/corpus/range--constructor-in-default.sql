create type zz_range as range (subtype = int);
create table aa_uses (r zz_range default zz_range(1, 5));
insert into aa_uses default values;
