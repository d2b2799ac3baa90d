-- Sequences of every type, down and up, with cycles and caches, called and not called, and set beside their start.
create sequence small as smallint increment by 5 minvalue -10 maxvalue 100 start -10 cycle cache 3; create sequence down increment by -2; create sequence big start 9223372036854775807; create sequence zero minvalue 0 start 0;
create sequence called; select nextval('called'), nextval('called'); create sequence put; select setval('put', 42); create sequence put_uncalled; select setval('put_uncalled', 42, false); create sequence at_end maxvalue 3; select setval('at_end', 3);
create sequence restarted start 7; alter sequence restarted restart with 99; create sequence "Hostile ""name"""; select nextval('"Hostile ""name"""'); select nextval('small'), nextval('down');
