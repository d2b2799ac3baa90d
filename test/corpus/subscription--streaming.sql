-- requires: 14
create subscription streams connection 'dbname=nowhere' publication pub with (connect = false, streaming = on, binary = true);
create subscription dry connection 'dbname=nowhere' publication pub with (connect = false, streaming = off, binary = false);
