create type nothing as ();
create type zz_inner as (a int);
create type aa_outer as (i zz_inner, many zz_inner[]);
