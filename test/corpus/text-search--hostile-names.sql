create schema "S;--";
create text search parser "S;--"."p ""q""
drop" (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search template "S;--"."t'e\m" (init = dsimple_init, lexize = dsimple_lexize);
create text search dictionary "S;--"."d,x" (template = "S;--"."t'e\m", stopwords = 'english');
create text search configuration "S;--"."select" (parser = "S;--"."p ""q""
drop");
alter text search configuration "S;--"."select" add mapping for asciiword with "S;--"."d,x", simple;
comment on text search configuration "S;--"."select" is '"';
