/**
 * Runs the statements of TOC entries: create, owner, and the settings that stand beside a CREATE instead of in it. Many
 * entries go to the server in one message, because at tens of thousands of them the way there and back is most of the time.
 */
import type { TocEntry } from "../archive/toc.ts";
import { ident, literal } from "../catalog/quote.ts";
import { messageOf, PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import { OUT_OF_LOCKS } from "../session/lock-table.ts";
import type { Session } from "../session/session.ts";
import type { TargetFacts } from "./target.ts";

export interface EntryRunner {
  /** Creates one entry; throws, or counts the failure and goes on when errors are tolerated. */
  create(session: Session, entry: TocEntry): Promise<void>;
  /** The same inside a transaction, which survives. False, and nothing happened, where something else has to be ready first. */
  createIfReady(session: Session, entry: TocEntry): Promise<boolean>;
  /** The same for many, in order, inside a transaction. */
  createAll(session: Session, entries: readonly TocEntry[]): Promise<void>;
  /** How many objects of each kind. */
  readonly created: ReadonlyMap<string, number>;
  /** The entries that could not be created. */
  readonly failed: ReadonlySet<number>;
  readonly failures: readonly { readonly object: string; readonly message: string }[];
}

export interface RunnerOptions {
  readonly noOwner: boolean;
  /** The role that sessions have taken by SET ROLE. Default: none. */
  readonly role?: string | undefined;
  readonly continueOnError: boolean;
  readonly target: Pick<TargetFacts, "tablespaces" | "roles">;
  readonly tell: Listener;
  readonly tickMs: () => number;
}

export function entryRunner(options: RunnerOptions): EntryRunner {
  const created = new Map<string, number>();
  const failed = new Set<number>();
  const failures: { object: string; message: string }[] = [];
  const note = (entry: TocEntry, seconds: number) => {
    if (ownerless(entry, options)) failures.push({ object: entry.address, message: `there is no role ${entry.owner ?? ""} to own it: it belongs to the role that restores` });
    if (!NO_OBJECTS.has(entry.kind)) created.set(entry.kind, (created.get(entry.kind) ?? 0) + 1);
    options.tell({ type: "object", action: "created", kind: entry.kind, name: entry.address, seconds });
  };

  /** Throws what is not to be tolerated. */
  const fail = (entry: TocEntry, error: unknown, seconds: number) => {
    const failure = failureOf(entry, error);
    if (!options.continueOnError || failure.code === "CONNECTION_LOST" || failure.code === "INTERRUPTED") throw failure;
    failed.add(entry.id);
    failures.push({ object: entry.address, message: messageOf(error) });
    options.tell({ type: "object", action: "failed", kind: entry.kind, name: entry.address, seconds });
  };

  const attempt = async (session: Session, entry: TocEntry, mayWait: boolean): Promise<boolean> => {
    const startedMs = options.tickMs();
    const seconds = () => (options.tickMs() - startedMs) / 1000;
    const statements = statementsOf(entry, options);
    if (statements.length === 0) return true;
    try {
      await runAll(session, statements, mayWait || options.continueOnError, options.role);
    } catch (error) {
      if (mayWait && error instanceof PgarkError && error.sqlState === NOT_READY) return false;
      fail(entry, error, seconds());
      return true;
    }
    note(entry, seconds());
    return true;
  };
  /** One role that is not there must not take the others' privileges with it. */
  const grantEach = async (session: Session, entry: TocEntry): Promise<void> => {
    const startedMs = options.tickMs();
    for (const statements of grantsOf(statementsOf(entry, options))) await runAll(session, statements, true, options.role).catch((error: unknown) => fail(entry, error, 0));
    if (!failed.has(entry.id)) note(entry, (options.tickMs() - startedMs) / 1000);
  };
  const create = async (session: Session, entry: TocEntry): Promise<void> => {
    if (options.continueOnError && entry.kind === "privileges") await grantEach(session, entry);
    else await attempt(session, entry, false);
  };

  return {
    created,
    failed,
    failures,
    create,
    createIfReady: (session, entry) => attempt(session, entry, true),
    async createAll(session, entries) {
      for (const some of messagesOf(entries, options)) {
        const startedMs = options.tickMs();
        const together = some.flatMap(({ statements }) => statements);
        // What failed in company is run again alone: that names it, and with tolerance the others stay.
        if (together.length > 1 && (await runTogether(session, together, options.role))) {
          for (const { entry } of some) note(entry, (options.tickMs() - startedMs) / 1000 / some.length);
        } else for (const { entry } of some) await create(session, entry);
      }
    },
  };
}

interface EntryStatements {
  readonly entry: TocEntry;
  readonly statements: readonly string[];
}

/** A message to the server holds this much. Lost work is small when one of its statements fails. */
const MESSAGE_ENTRIES = 100;
const MESSAGE_CHARS = 256 * 1024;

/** The entries that have statements, in order, as many together as go in one message. */
function messagesOf(entries: readonly TocEntry[], options: RunnerOptions): readonly (readonly EntryStatements[])[] {
  const messages: EntryStatements[][] = [];
  let chars = Infinity;
  for (const entry of entries) {
    const statements = statementsOf(entry, options);
    if (statements.length === 0) continue;
    const last = messages.at(-1);
    chars += statements.reduce((sum, { length }) => sum + length, 0);
    if (last !== undefined && last.length < MESSAGE_ENTRIES && chars <= MESSAGE_CHARS) last.push({ entry, statements });
    else {
      messages.push([{ entry, statements }]);
      chars = 0;
    }
  }
  return messages;
}

/** Whether all went well. Nothing of them stays otherwise. The savepoint goes ahead: of a message with a syntax error in it nothing is run. */
async function runTogether(session: Session, statements: readonly string[], role: string | undefined): Promise<boolean> {
  await session.execute("SAVEPOINT pgark_entries");
  try {
    await session.execute([...statements, "RELEASE SAVEPOINT pgark_entries;"].join("\n"));
    return true;
  } catch (error) {
    if (!(error instanceof PgarkError) || error.sqlState === undefined) throw error;
    // Throws where the transaction is gone with the session; the first error says more.
    await session.execute(rollbackTo("pgark_entries", role)).catch(() => Promise.reject(error));
    return false;
  }
}

/** Inside a transaction that has to survive a failure, each entry is a savepoint of its own. */
async function runAll(session: Session, statements: readonly string[], tolerant: boolean, role: string | undefined): Promise<void> {
  if (!tolerant) {
    for (const statement of statements) await session.execute(statement);
    return;
  }
  await session.execute("SAVEPOINT pgark_entry");
  try {
    for (const statement of statements) await session.execute(statement);
    await session.execute("RELEASE SAVEPOINT pgark_entry");
  } catch (error) {
    await session.execute(rollbackTo("pgark_entry", role));
    throw error;
  }
}

/** Behind a change of session authorization that is rolled back, 13 has forgotten the role. */
function rollbackTo(savepoint: string, role: string | undefined): string {
  return [`ROLLBACK TO SAVEPOINT ${savepoint};`, ...setRole(role)].join(" ");
}

function setRole(role: string | undefined): readonly string[] {
  return role === undefined ? [] : [`SET ROLE ${ident(role)};`];
}

function statementsOf(entry: TocEntry, { noOwner, role, target }: RunnerOptions): readonly string[] {
  const statements: string[] = [];
  if (entry.create.length > 0 && HAS_STORAGE.has(entry.kind)) {
    const tablespace = entry.tablespace !== null && target.tablespaces.has(entry.tablespace) ? entry.tablespace : "";
    statements.push(`SET LOCAL default_tablespace = ${literal(tablespace)};`);
    if (entry.accessMethod !== null) statements.push(`SET LOCAL default_table_access_method = ${literal(entry.accessMethod)};`);
  }
  // A grant by somebody else is made as that role (catalog/acl.ts), and the way back ends a SET ROLE too.
  statements.push(...entry.create.flatMap((statement) => (statement === "RESET SESSION AUTHORIZATION;" ? [statement, ...setRole(role)] : [statement])));
  if (entry.owner !== null && !noOwner && target.roles.has(entry.owner)) statements.push(`ALTER ${entry.address} OWNER TO ${ident(entry.owner)};`);
  return statements;
}

/** Whether the role that it should belong to is not there: without tolerance, such a restore was refused. */
function ownerless({ owner, create }: TocEntry, { noOwner, target }: RunnerOptions): boolean {
  return owner !== null && !noOwner && create.length > 0 && !target.roles.has(owner);
}

/** Each GRANT and REVOKE alone; what is said in another's name, together. */
function grantsOf(statements: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let asAnother = false;
  for (const statement of statements) {
    if (asAnother) parts.at(-1)?.push(statement);
    else parts.push([statement]);
    if (statement.startsWith("SET SESSION AUTHORIZATION")) asAnother = true;
    if (statement.startsWith("RESET SESSION AUTHORIZATION")) asAnother = false;
  }
  return parts;
}

/** What fills an object that is there. */
const NO_OBJECTS: ReadonlySet<string> = new Set(["sequence-value", "refresh"]);
const HAS_STORAGE: ReadonlySet<string> = new Set(["table", "materialized-view", "index", "constraint"]);

/** What the server says of a materialized view that nothing has filled yet. */
const NOT_READY = "55000";

function failureOf(entry: TocEntry, error: unknown): PgarkError {
  if (!(error instanceof PgarkError)) throw error;
  const code = error.code === "SQL_FAILED" || error.code === "PERMISSION_DENIED" ? error.code : null;
  if (code === null) return error;
  const hint = error.sqlState === OUT_OF_LOCKS ? "Raise max_locks_per_transaction on the server, or restore without --single-transaction and --clean, which make everything in one transaction." : error.hint;
  return new PgarkError(code, `could not create ${entry.kind} ${entry.address}: ${error.message}`, { object: entry.address, sqlState: error.sqlState, hint, cause: error });
}
