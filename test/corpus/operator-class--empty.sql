-- The families first, in the order of their methods: pg_dump 13 sorts namesakes by their OIDs.
create operator family nothing using gist;
create operator family nothing using hash;
create operator class nothing for type text using gist family nothing as storage text;
create operator class nothing for type int using hash family nothing as storage int;
create operator family lonely using btree;
comment on operator family lonely using btree is 'nothing in it';
create schema "F";
create operator family "F"."fam""ily;" using gin;
create operator class "F"."cl""ass;" for type int[] using gin family "F"."fam""ily;" as storage int;
