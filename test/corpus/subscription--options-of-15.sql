-- requires: 15
create subscription two connection 'dbname=nowhere' publication pub with (connect = false, two_phase = true);
create subscription stops connection 'dbname=nowhere' publication pub with (connect = false, disable_on_error = true);
