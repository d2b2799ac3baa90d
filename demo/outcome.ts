/** What came of the demo, table by table: rows, bytes in the archive, seconds, and whether all rows came back. */
import { qualified } from "../src/catalog/quote.ts";
import { table } from "../src/cli/table.ts";
import { bytesText, countText } from "../src/cli/units.ts";
import type { ArchivedTable, Listener, RestoreReport, TableDigest } from "../src/index.ts";

/** Everything that was seen of one database. */
export interface Evidence {
  readonly database: string;
  readonly before: readonly TableDigest[];
  readonly after: readonly TableDigest[];
  readonly archived: readonly ArchivedTable[];
  readonly backupSeconds: ReadonlyMap<string, number>;
  readonly restored: RestoreReport["tables"];
}

export interface TableOutcome {
  readonly database: string;
  readonly table: string;
  readonly rows: number;
  /** Null when the archive does not hold the table. */
  readonly archiveBytes: number | null;
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  readonly equal: boolean;
}

/** Equal means: the same rows and the same digest before and after, and that many in the archive and in the accounting. */
export function outcomes({ database, before, after, archived, backupSeconds, restored }: Evidence): readonly TableOutcome[] {
  const names = new Set([...before, ...after].map((digest) => digest.table));
  return [...names].map((name) => {
    const was = before.find((digest) => digest.table === name);
    const is = after.find((digest) => digest.table === name);
    const stored = archived.find((one) => qualified(one.schema, one.name) === name);
    const account = restored.find((one) => one.table === name);
    const rows = was?.rows ?? 0;
    return {
      database,
      table: name,
      rows,
      archiveBytes: stored?.storedBytes ?? null,
      backupSeconds: stored === undefined ? 0 : (backupSeconds.get(`${stored.schema}.${stored.name}`) ?? 0),
      restoreSeconds: account?.seconds ?? 0,
      equal: was !== undefined && is !== undefined && was.digest === is.digest && is.rows === rows && stored?.rows === rows && account?.inserted === rows,
    };
  });
}

export function outcomeTable(all: readonly TableOutcome[]): string {
  const right = "right" as const;
  const sum = (field: "rows" | "archiveBytes"): number => all.reduce((total, one) => total + (one[field] ?? 0), 0);
  const different = all.filter(({ equal }) => !equal).length;
  return table(
    [{ title: "database" }, { title: "table" }, { title: "rows", align: right }, { title: "archive", align: right }, { title: "backup", align: right }, { title: "restore", align: right }, { title: "" }],
    all.map((one) => [
      one.database,
      one.table,
      countText(one.rows),
      one.archiveBytes === null ? "–" : bytesText(one.archiveBytes),
      shortSeconds(one.backupSeconds),
      shortSeconds(one.restoreSeconds),
      one.equal ? "equal" : "DIFFERENT",
    ]),
    // Tables are read and loaded side by side, so their seconds have no sum.
    ["", `${all.length} tables`, countText(sum("rows")), bytesText(sum("archiveBytes")), "", "", different === 0 ? "all equal" : `${different} DIFFERENT`],
  );
}

/** Listens to a dump and adds up how long its workers were busy with each table. */
export function watchTables(): { readonly onEvent: Listener; readonly seconds: ReadonlyMap<string, number> } {
  const seconds = new Map<string, number>();
  const freeSinceMs = new Map<number, number>();
  let startedMs = performance.now();
  const onEvent: Listener = (event) => {
    if (event.type === "plan") startedMs = performance.now();
    if (event.type !== "chunk") return;
    const nowMs = performance.now();
    seconds.set(event.table, (seconds.get(event.table) ?? 0) + (nowMs - (freeSinceMs.get(event.worker) ?? startedMs)) / 1000);
    freeSinceMs.set(event.worker, nowMs);
  };
  return { onEvent, seconds };
}

/** Most tables take less than a second. */
function shortSeconds(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}
