-- Domains over everything, composites with NULL fields, enums with hostile labels, and arrays of all of them.
create type mood as enum ('', ' ', '\.', '\N', 'NULL', '"', '''', ',', '{', E'a\n\\b\tc', '🐘');
create domain moods as mood[] check (array_length(value, 1) < 20);
create type pair as (a int, "b c" text, m mood, gone int, d date);
alter type pair drop attribute gone;
create type nest as (p pair, ps pair[], n numeric[]);
create domain checked as pair check ((value).a is distinct from 13);
create domain short as varchar(3) not null default '\.';
create domain ints as int[][];
create domain deeper as ints check (value is distinct from '{13}');
create type letters as range (subtype = text, collation = "C");
create table t (a mood, b mood[], c moods, d pair, e pair[], f nest, g checked, h checked[], i short, j short[], k ints, l deeper[], m letters, n letters[]);
insert into t values
  ('', enum_range(null::mood), enum_range(null::mood), (1, '\.', 'NULL', '0044-03-15 BC'), array[(null, null, null, null)::pair, null, (1, '', '', 'infinity')::pair],
   row((null, E'"\\,()\n\t''', E'a\n\\b\tc', null)::pair, array[(1, 'NULL', ',', null)::pair, null], '{{NaN,1.50},{NULL,0}}'), (2, ' ', '🐘', null), array[(null, 'x', null, null)::checked],
   '\.', array['', 'é🐘x', '\N']::short[], '[-1:0][2:3]={{1,2},{NULL,4}}', '{"{1}",NULL,"{}"}'::deeper[], '[a,z)', array['["""",","]'::letters, 'empty', null, '(,)', '["","\\")']),
  (null, null, null, null, null, null, null, null, '', null, null, null, null, null),
  ('\.', '{}', '{}', (null, null, null, null), '{}', (null, null, null), (null, null, null, null), '{}', '   ', '{}', '{}', '{}', 'empty', '{}');
