do $$ begin
  create role pgark_corpus_reader;
exception when duplicate_object or unique_violation then null;
end $$;
create aggregate my_percentile(float8 order by anyelement) (
  sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
create aggregate my_mode(order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = mode_final, finalfunc_extra);
create aggregate my_rank(variadic "any" order by variadic "any") (
  sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
revoke all on function my_percentile(float8, anyelement) from public;
grant execute on function my_percentile(float8, anyelement) to pgark_corpus_reader;
revoke all on function my_rank(variadic "any") from public;
comment on aggregate my_percentile(float8 order by anyelement) is 'ordered';
comment on aggregate my_mode(order by anyelement) is 'ordered, no direct arguments';
