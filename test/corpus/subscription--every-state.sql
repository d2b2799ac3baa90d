-- requires: 14
-- Subscriptions that never connect: several publications, options, names that hurt, an owner's comment.
create subscription plain connection 'host=nowhere dbname=x' publication a with (connect = false, slot_name = none); create subscription "S ""s" connection 'host=nowhere dbname=''it s'' password=a\\b' publication "P p", b, "c,d" with (connect = false, slot_name = none, synchronous_commit = 'remote_apply', binary = true);
