-- Keys of partitions: expressions, operator classes, collations, several columns behind a dropped one.
create table p (gone int, a text, b text collate "C", c int) partition by range (lower(a) collate "C", b text_pattern_ops, ((c % 10))); alter table p drop column gone;
create table p1 partition of p for values from ('a', minvalue, minvalue) to ('m', maxvalue, maxvalue); create table p2 partition of p default;
create table h (a int, b text) partition by hash (a, (b || 'x')); create table h0 partition of h for values with (modulus 2, remainder 0); create table h1 partition of h for values with (modulus 4, remainder 1); create table h3 partition of h for values with (modulus 4, remainder 3);
create table l (a bool) partition by list ((a is null)); create table l1 partition of l for values in (true); insert into p values ('abc', 'x', 3), ('zzz', 'y', 4); insert into h values (1, 'a'), (2, 'b'), (3, 'c');
