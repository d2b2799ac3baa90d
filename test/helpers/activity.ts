/** What pgark's sessions do on a server, seen and disturbed from outside. */
import { execFileSync } from "node:child_process";
import type { TestDatabase } from "./database.ts";
import { program } from "./programs.ts";

/** Runs SQL and waits for it without giving way: what is under test stands still meanwhile. For event listeners. */
export function runNow(url: string, sql: string, major = "17"): void {
  execFileSync(program("psql", major), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Ends pgark's backends in a database: the leader's, which is the first, or all others. */
export function terminateNow(database: TestDatabase, which: "leader" | "workers"): void {
  const mine = `datname = '${database.name}' and application_name = 'pgark' and backend_type = 'client backend'`;
  const leader = `(select min(backend_start) from pg_stat_activity where ${mine})`;
  runNow(database.url, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where ${mine} and backend_start ${which === "leader" ? "=" : "<>"} ${leader}`);
}

/** How many sessions of pgark there are, after giving the server a moment to notice that they have ended. */
export async function sessionsLeft(database: TestDatabase): Promise<number> {
  const count = `select count(*)::int as count from pg_stat_activity where datname = '${database.name}' and application_name = 'pgark'`;
  for (let tries = 0; ; tries++) {
    const [row] = await database.query<{ count: number }>(count);
    if (row?.count === 0 || tries === 40) return row?.count ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
