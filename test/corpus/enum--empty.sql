create type nothing as enum ();
