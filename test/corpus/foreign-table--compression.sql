-- requires: 14
create foreign data wrapper w; create server s foreign data wrapper w;
create foreign table packed (a text compression pglz collate "C" not null, b text) server s;
