create function ser(internal) returns bytea language internal immutable strict as 'int8_avg_serialize';
create function deser(bytea, internal) returns internal language internal immutable strict as 'int8_avg_deserialize';
create aggregate my_avg(int8) (
  sfunc = int8_avg_accum, stype = internal, sspace = 48, finalfunc = numeric_poly_avg, finalfunc_modify = shareable,
  combinefunc = int8_avg_combine, serialfunc = ser, deserialfunc = deser,
  msfunc = int8_avg_accum, minvfunc = int8_avg_accum_inv, mstype = internal, msspace = 48, mfinalfunc = numeric_poly_avg, mfinalfunc_modify = read_write,
  parallel = restricted);
