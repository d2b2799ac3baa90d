-- requires: 17
create subscription local connection 'dbname=nowhere' publication pub with (connect = false, origin = none, streaming = parallel);
create subscription trusted connection 'dbname=nowhere' publication pub with (connect = false, password_required = false, run_as_owner = true);
create subscription failing connection 'dbname=nowhere' publication pub with (connect = false, failover = true);
