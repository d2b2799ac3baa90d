create table p (a int, b text, c int) partition by range (a, b);
create table p1 partition of p for values from (minvalue, minvalue) to (10, 'it''s');
create table p2 partition of p for values from (10, 'it''s') to (maxvalue, maxvalue);
create table e (a int, b int) partition by list ((a + b));
create table e1 partition of e for values in (1, 2);
create table o (a text collate "C") partition by range (a collate "C" text_pattern_ops);
create table o1 partition of o for values from ('a') to ('m');
insert into p values (1, 'x', 1), (11, 'y', 2); insert into e values (1, 1); insert into o values ('b');
