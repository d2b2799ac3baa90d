create type mood as enum ('sad', 'happy');
alter type mood add value 'neutral' before 'happy';
alter type mood add value '' before 'sad';
alter type mood add value 'it''s \ "so"' after 'happy';
create table people (id int, mood mood, moods mood[]);
insert into people values (1, 'happy', '{sad,happy}');
