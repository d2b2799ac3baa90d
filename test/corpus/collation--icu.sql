create collation german_phone (provider = icu, locale = 'de-u-co-phonebk');
create collation ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table words (w text collate ignore_case, g text collate german_phone);
insert into words values ('A', 'ä');
