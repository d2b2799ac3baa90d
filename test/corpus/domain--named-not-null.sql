-- requires: 17
create domain required as int constraint must_be_there not null;
create domain usual as int not null;
