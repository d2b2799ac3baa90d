create table r (during tsrange, room int, c circle,
  exclude using gist (during with &&) where (not isempty(during)),
  constraint "no overlap" exclude using gist (c with &&) with (fillfactor = 70) deferrable initially deferred,
  constraint e3 exclude using btree ((room + 1) with =));
insert into r values ('[2020-01-01,2020-01-02)', 1, '<(0,0),1>');
alter index e3 alter column 1 set statistics 300;
