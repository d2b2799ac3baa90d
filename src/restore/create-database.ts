/** `--create`: the archive's database on the target's server, with the encoding and locale that the source had. */
import type { SourceFacts } from "../archive/manifest.ts";
import { ident, literal } from "../catalog/quote.ts";
import { PgarkError } from "../errors.ts";
import type { Session } from "../session/session.ts";

/** TARGET_NOT_EMPTY when there is a database of that name and `clean` does not say that it goes; null otherwise. */
export async function refuseDatabase(session: Session, source: SourceFacts, options: { readonly clean: boolean }): Promise<PgarkError | null> {
  const there = await session.query(`select from pg_catalog.pg_database where datname = $1`, [source.database]);
  if (there.length === 0 || options.clean) return null;
  return new PgarkError("TARGET_NOT_EMPTY", `database ${source.database} exists on ${session.place}`, {
    object: `database ${source.database}`,
    hint: "Restore into it without --create, or drop it first with --clean.",
  });
}

/** Throws NOT_RESUMABLE when there is no database of that name in which a restore could have been interrupted. */
export async function requireDatabase(session: Session, { database }: SourceFacts): Promise<void> {
  const there = await session.query(`select from pg_catalog.pg_database where datname = $1`, [database]);
  if (there.length === 0) throw new PgarkError("NOT_RESUMABLE", `there is no database ${database} on ${session.place}`, { object: `database ${database}`, hint: "Restore without --resume." });
}

/** Creates the database; one of that name is dropped first. */
export async function createDatabase(session: Session, source: SourceFacts): Promise<void> {
  await session.execute(`DROP DATABASE IF EXISTS ${ident(source.database)}`);
  await session.execute(createStatement(source, session.serverVersion));
}

function createStatement(source: SourceFacts, serverVersion: number): string {
  const clauses = ["TEMPLATE template0", `ENCODING ${literal(source.encoding)}`, `LC_COLLATE ${literal(source.collate)}`, `LC_CTYPE ${literal(source.ctype)}`];
  if (serverVersion >= 150_000 && source.localeProvider !== null) {
    clauses.push(`LOCALE_PROVIDER ${source.localeProvider}`);
    if (source.localeProvider === "icu" && source.locale !== null) clauses.push(`ICU_LOCALE ${literal(source.locale)}`);
    if (source.localeProvider === "builtin" && source.locale !== null) clauses.push(`BUILTIN_LOCALE ${literal(source.locale)}`);
  }
  return `CREATE DATABASE ${ident(source.database)} ${clauses.join(" ")}`;
}
