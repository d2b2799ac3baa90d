comment on schema public is 'ours; with a '' quote and a \ backslash';
