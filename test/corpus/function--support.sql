create function series(int, int) returns setof int language internal immutable strict rows 50 support generate_series_int4_support as 'generate_series_int4';
