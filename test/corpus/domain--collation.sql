create domain c_text as text collate "C";
create domain usual as text;
create domain over_domain as c_text check (value <> '');
