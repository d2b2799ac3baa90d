/**
 * `--create`: the archive's database on the target's server, with the encoding and locale that the source had, and at
 * the end of the restore with everything else that was said of it.
 */
import type { SourceFacts } from "../archive/manifest.ts";
import type { Toc } from "../archive/toc.ts";
import { type DatabaseRecord, NOTHING_SAID, readDatabaseRecord } from "../catalog/database-properties.ts";
import { chooseProperties, major } from "../catalog/property.ts";
import { ident, literal } from "../catalog/quote.ts";
import { isPgarkError, PgarkError, withHint } from "../errors.ts";
import type { Warning } from "../events.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import { createSelection } from "../selection.ts";
import type { Session } from "../session/session.ts";
import { leftUnsaid, sayEach } from "./say.ts";
import type { TargetFacts } from "./target.ts";

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

/** The statement that makes the database on a server, and what it has to do without there. */
export interface NewDatabase {
  readonly statement: string;
  readonly warnings: readonly Warning[];
}

/** Creates the database; one of that name is dropped first. */
export async function createDatabase(session: Session, source: SourceFacts, { statement }: NewDatabase): Promise<void> {
  await session.execute(`DROP DATABASE IF EXISTS ${ident(source.database)}`).catch((error: unknown) => {
    throw isPgarkError(error) && error.sqlState === WRONG_OBJECT_TYPE ? withHint(error, `First say ALTER DATABASE ${ident(source.database)} IS_TEMPLATE false.`) : error;
  });
  await session.execute(statement).catch((error: unknown) => {
    throw isPgarkError(error) && error.sqlState !== undefined ? withHint(error, "Or create the database by hand, with a locale that the target has, and restore into it without --create.") : error;
  });
}

/** What the server says of a template that is to be dropped. */
const WRONG_OBJECT_TYPE = "42809";

export function newDatabaseOn({ serverVersion, tablespaces }: Pick<TargetFacts, "serverVersion" | "tablespaces">, toc: Toc, options: Resolved<RestoreOptions>): NewDatabase {
  const { source } = toc;
  const { tablespace, icuRules } = recordIn(toc, options);
  const object = `database ${source.database}`;
  const located = locale(source, icuRules, serverVersion);
  const clauses = ["TEMPLATE template0", `ENCODING ${literal(source.encoding)}`, `LC_COLLATE ${literal(source.collate)}`, `LC_CTYPE ${literal(source.ctype)}`, ...located.clauses];
  const warnings: Warning[] = located.without.map((message) => ({ code: "DATABASE_LOCALE_DIFFERS", object, message }));
  if (tablespace !== null && tablespaces.has(tablespace)) clauses.push(`TABLESPACE ${ident(tablespace)}`);
  else if (tablespace !== null) warnings.push({ code: "TABLESPACE_MISSING", object, message: `tablespace ${tablespace} is not on the target; the default is used` });
  return { statement: `CREATE DATABASE ${ident(source.database)} ${clauses.join(" ")}`, warnings };
}

/** Who compares texts: ICU as a database's own since 15, its rules since 16, the server itself since 17. */
function locale({ localeProvider, locale }: SourceFacts, icuRules: string | null, serverVersion: number): { readonly clauses: readonly string[]; readonly without: readonly string[] } {
  const on = `PostgreSQL ${major(serverVersion)}`;
  const libcInstead = `its locale is the ${localeProvider} provider's ${locale ?? ""}, which ${on} cannot give a database: libc sorts and folds instead`;
  if (serverVersion < 150_000) return { clauses: [], without: localeProvider === "icu" || localeProvider === "builtin" ? [libcInstead] : [] };
  // Said for sources of before too: the server's template may have another one.
  if (locale === null || (localeProvider !== "icu" && localeProvider !== "builtin")) return { clauses: ["LOCALE_PROVIDER libc"], without: [] };
  if (localeProvider === "builtin") {
    if (serverVersion < 170_000) return { clauses: ["LOCALE_PROVIDER libc"], without: [libcInstead] };
    const known = serverVersion >= 180_000 || locale !== "PG_UNICODE_FAST" ? locale : "C.UTF-8";
    return { clauses: ["LOCALE_PROVIDER builtin", `BUILTIN_LOCALE ${literal(known)}`], without: known === locale ? [] : [`its locale is ${locale}, which ${on} does not know: ${known} folds instead`] };
  }
  const clauses = ["LOCALE_PROVIDER icu", `ICU_LOCALE ${literal(locale)}`];
  if (icuRules === null) return { clauses, without: [] };
  if (serverVersion < 160_000) return { clauses, without: [`${on} cannot give a database ICU rules: it sorts without them`] };
  return { clauses: [...clauses, `ICU_RULES ${literal(icuRules)}`], without: [] };
}

/** What was said of the database, said again. Gives a warning for each property that the target cannot be told. */
export async function sayDatabaseProperties(session: Session, toc: Toc, facts: TargetFacts, options: Resolved<RestoreOptions>): Promise<readonly Warning[]> {
  const of = `database ${toc.source.database}`;
  const { chosen, left } = chooseProperties(recordIn(toc, options).properties, { ...options, roles: facts.roles, serverVersion: facts.serverVersion });
  return [...leftUnsaid(of, left), ...(await sayEach(session, of, chosen, "alone"))];
}

/** An archive of a selection may say nothing of its database. */
function recordIn(toc: Toc, options: Resolved<RestoreOptions>): DatabaseRecord {
  const entry = createSelection(options, options.content).entries(toc.entries).find(({ kind }) => kind === "database");
  return entry === undefined ? NOTHING_SAID : readDatabaseRecord(entry.record);
}
