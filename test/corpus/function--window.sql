create function my_rank() returns bigint language internal window immutable strict as 'window_rank';
create function my_abs(int) returns int language internal immutable strict parallel safe as 'int4abs';
