create domain stamped as timestamptz default now();
create domain greeting as text default 'it''s \ here';
create domain counted as int default (1 + 2);
