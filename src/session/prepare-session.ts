/**
 * The settings under which catalogs and rows are read and written, whatever the role, the database or the user's
 * PGOPTIONS say. Those that a server does not know, by version or by minor release, are left out: it is asked.
 */
import type { Session } from "./session.ts";

type Settings = Readonly<Record<string, string>>;

/** Both ways: nothing times out, names mean what they say, and values print the same everywhere. */
const COMMON: Settings = {
  search_path: "",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  xmloption: "content",
  standard_conforming_strings: "on",
  // A row that a policy hides is an error, not a shorter table.
  row_security: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0",
  jit: "off",
};

/** As pg_dump sets them. */
const DUMP: Settings = {
  ...COMMON,
  // Rows in text and rows in binary must show the same instants, wherever they are compared.
  TimeZone: "UTC",
  extra_float_digits: "3",
  quote_all_identifiers: "off",
  // Scans that start in the middle would make two dumps of one table differ.
  synchronize_seqscans: "off",
  // So that a table that was replaced by a view runs no code of a stranger (CVE-2024-7348).
  restrict_nonsystem_relation_kind: "view, foreign-table",
};

const RESTORE: Settings = {
  ...COMMON,
  // Rejected rows are kept as texts.
  extra_float_digits: "3",
  // Functions come before the tables they speak of.
  check_function_bodies: "off",
  client_min_messages: "warning",
  // A crash of the server may undo the last commits; the restore ends with one synchronous commit, which seals them all.
  synchronous_commit: "off",
  default_tablespace: "",
};

const APPLY = /* sql */ `
  select pg_catalog.set_config(wanted.name, wanted.value, false)
  from unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) as wanted (name, value)
  -- Settings that this server does not know are no rows here.
  where exists (select from pg_catalog.pg_settings s where pg_catalog.lower(s.name) = pg_catalog.lower(wanted.name))`;

/** Makes the session read like pg_dump's. Call it outside a transaction: a rollback would take it back. */
export async function prepareDumpSession(session: Session): Promise<void> {
  await apply(session, DUMP);
}

/**
 * What an index build may use, at least: with PostgreSQL's default of 64 MB an HNSW index of 20,000 embeddings no
 * longer fits, and is then built many times slower. Whoever has set more keeps it.
 */
const ENOUGH_MEMORY = /* sql */ `
  select pg_catalog.set_config('maintenance_work_mem', '256MB', false)
  from pg_catalog.pg_settings where name = 'maintenance_work_mem' and setting::pg_catalog.int8 < 256 * 1024`;

/** Makes the session write like pg_restore's, without waiting for the disk at each commit. The time zone stays as it is. */
export async function prepareRestoreSession(session: Session): Promise<void> {
  await apply(session, RESTORE);
  await session.query(ENOUGH_MEMORY);
}

async function apply(session: Session, settings: Settings): Promise<void> {
  await session.query(APPLY, [Object.keys(settings), Object.values(settings)]);
}
