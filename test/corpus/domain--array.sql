create domain short_list as int[] check (array_length(value, 1) < 5);
create domain word as varchar(20);
create table words (all_words word[], list short_list);
insert into words values ('{a,b}', '{1,2}');
