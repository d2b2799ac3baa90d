/** Runs the statements of TOC entries: create, owner, and the settings that stand beside a CREATE instead of in it. */
import type { TocEntry } from "../archive/toc.ts";
import { ident, literal } from "../catalog/quote.ts";
import { messageOf, PgarkError } from "../errors.ts";
import type { Listener } from "../events.ts";
import type { Session } from "../session/session.ts";
import type { TargetFacts } from "./target.ts";

export interface EntryRunner {
  /** Creates one entry; throws, or counts the failure and goes on when errors are tolerated. */
  create(session: Session, entry: TocEntry): Promise<void>;
  /** How many objects of each kind. */
  readonly created: ReadonlyMap<string, number>;
  /** The entries that could not be created. */
  readonly failed: ReadonlySet<number>;
  readonly failures: readonly { readonly object: string; readonly message: string }[];
}

export interface RunnerOptions {
  readonly noOwner: boolean;
  readonly continueOnError: boolean;
  readonly target: Pick<TargetFacts, "tablespaces">;
  readonly tell: Listener;
  readonly tickMs: () => number;
}

export function entryRunner(options: RunnerOptions): EntryRunner {
  const created = new Map<string, number>();
  const failed = new Set<number>();
  const failures: { object: string; message: string }[] = [];
  return {
    created,
    failed,
    failures,
    async create(session, entry) {
      const startedMs = options.tickMs();
      const seconds = () => (options.tickMs() - startedMs) / 1000;
      const statements = statementsOf(entry, options);
      if (statements.length === 0) return;
      try {
        await runAll(session, statements, options.continueOnError);
      } catch (error) {
        const failure = failureOf(entry, error);
        if (!options.continueOnError || failure.code === "CONNECTION_LOST" || failure.code === "INTERRUPTED") throw failure;
        failed.add(entry.id);
        failures.push({ object: entry.address, message: messageOf(error) });
        options.tell({ type: "object", action: "failed", kind: entry.kind, name: entry.address, seconds: seconds() });
        return;
      }
      if (!NO_OBJECTS.has(entry.kind)) created.set(entry.kind, (created.get(entry.kind) ?? 0) + 1);
      options.tell({ type: "object", action: "created", kind: entry.kind, name: entry.address, seconds: seconds() });
    },
  };
}

/** Inside a transaction that has to survive a failure, each entry is a savepoint of its own. */
async function runAll(session: Session, statements: readonly string[], tolerant: boolean): Promise<void> {
  if (!tolerant) {
    for (const statement of statements) await session.execute(statement);
    return;
  }
  await session.execute("SAVEPOINT pgark_entry");
  try {
    for (const statement of statements) await session.execute(statement);
    await session.execute("RELEASE SAVEPOINT pgark_entry");
  } catch (error) {
    await session.execute("ROLLBACK TO SAVEPOINT pgark_entry");
    throw error;
  }
}

function statementsOf(entry: TocEntry, { noOwner, target }: RunnerOptions): readonly string[] {
  const statements: string[] = [];
  if (entry.create.length > 0 && HAS_STORAGE.has(entry.kind)) {
    const tablespace = entry.tablespace !== null && target.tablespaces.has(entry.tablespace) ? entry.tablespace : "";
    statements.push(`SET LOCAL default_tablespace = ${literal(tablespace)};`);
    if (entry.accessMethod !== null) statements.push(`SET LOCAL default_table_access_method = ${literal(entry.accessMethod)};`);
  }
  statements.push(...entry.create);
  if (entry.owner !== null && !noOwner) statements.push(`ALTER ${entry.address} OWNER TO ${ident(entry.owner)};`);
  return statements;
}

/** What fills an object that is there. */
const NO_OBJECTS: ReadonlySet<string> = new Set(["sequence-value", "refresh"]);
const HAS_STORAGE: ReadonlySet<string> = new Set(["table", "materialized-view", "index", "constraint"]);

function failureOf(entry: TocEntry, error: unknown): PgarkError {
  if (!(error instanceof PgarkError)) throw error;
  const code = error.code === "SQL_FAILED" || error.code === "PERMISSION_DENIED" ? error.code : null;
  if (code === null) return error;
  return new PgarkError(code, `could not create ${entry.kind} ${entry.address}: ${error.message}`, { object: entry.address, sqlState: error.sqlState, hint: error.hint, cause: error });
}
