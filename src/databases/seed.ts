/**
 * Fills a database with the rows that its project describes: `seed.ts` in the migrations folder exports
 * `seedStatements(rows)`. It runs in one transaction, so that a seed that breaks off leaves nothing.
 */
import { join } from "node:path";
import { createJiti } from "jiti";
import { PgarkError, messageOf } from "../errors.ts";
import { teller } from "../events.ts";
import { nodeIo } from "../io/io.ts";
import type { CommonOptions } from "../options.ts";
import { resolveConnection } from "../session/conninfo.ts";
import { connect } from "../session/connect.ts";
import type { MigrationsFolder } from "./config.ts";

export interface SeedResult {
  readonly statements: number;
  /** Rows that the statements touched, by the server's count. */
  readonly rows: number;
  readonly seconds: number;
}

/** Runs the project's seed. `rows` undefined: the seed's own default. Throws `USAGE` when the project has none. */
export async function seedDatabase(target: string, migrations: MigrationsFolder, rows: number | undefined, options: CommonOptions = {}): Promise<SeedResult> {
  const io = options.io ?? nodeIo;
  const tell = teller(options.onEvent);
  const startedMs = io.tickMs();
  const file = join(migrations.folder, "seed.ts");
  if ((await io.stat(file)) === null) throw new PgarkError("USAGE", `there is no ${file} to seed from`, { object: file });
  const statements = (await loadSeed(file))(rows);
  await using session = await connect(await resolveConnection(target), { signal: options.signal });
  await session.execute("begin");
  let touched = 0;
  for (const [index, statement] of statements.entries()) {
    tell({ type: "step", step: "seed", detail: `${index + 1}/${statements.length} ${firstWords(statement)}` });
    touched += await session.execute(statement);
  }
  await session.execute("commit");
  return { statements: statements.length, rows: touched, seconds: (io.tickMs() - startedMs) / 1000 };
}

async function loadSeed(file: string): Promise<(rows?: number) => readonly string[]> {
  let exported: unknown;
  try {
    exported = await createJiti(import.meta.url, { fsCache: false }).import(file);
  } catch (error) {
    throw new PgarkError("USAGE", `${file} cannot be loaded: ${messageOf(error)}`, { object: file, cause: error });
  }
  const found = typeof exported === "object" && exported !== null && "seedStatements" in exported ? exported.seedStatements : undefined;
  if (typeof found !== "function") throw new PgarkError("USAGE", `${file} exports no function seedStatements(rows)`, { object: file });
  return (rows) => {
    const statements: unknown = found(rows);
    if (Array.isArray(statements) && statements.every((statement) => typeof statement === "string")) return statements;
    throw new PgarkError("USAGE", `seedStatements of ${file} must give a list of SQL texts`, { object: file });
  };
}

/** `insert into rules`: enough to see where it is. */
function firstWords(statement: string): string {
  return statement.trim().split(/\s+/).slice(0, 4).join(" ").replace(/\(.*$/, "");
}
