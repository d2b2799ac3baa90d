-- requires: 17
create collation fast (provider = builtin, locale = 'C.UTF-8');
create domain fast_text as text collate fast;
