-- requires: 16
create collation custom (provider = icu, locale = 'und', rules = '&a < g');
