import { expect, test } from "vitest";
import { memoryMarkdown, replaceSection, type Setting, speedMarkdown } from "../../bench/report.ts";
import type { Run, Series } from "../../bench/rounds.ts";

const SETTING: Setting = {
  startedAt: "2030-01-02T03:04:05.000Z",
  machine: { cores: 2, processor: "A Processor", memoryBytes: 8 * 1024 ** 3, kernel: "Linux 6.1", loadBefore: 0.25 },
  versions: { pgark: "1.0.0", node: "20.19.0", server: "17.1", rival: "18.1" },
  serverSettings: { shared_buffers: "2GB", fsync: "on" },
  jobs: 2,
  note: null,
};
const MIB = 1024 ** 2;

function series(contender: string, seconds: readonly number[], known: Pick<Run, "peakBytes" | "serverSeconds">): Series {
  return { contender, runs: seconds.map((own) => ({ seconds: own, cpuSeconds: own / 2, ...known })), archiveBytes: 41_600_000 };
}

const OURS = series("pgark", [5, 4, 6], { peakBytes: 150 * MIB, serverSeconds: 3 });
const THEIRS = series("pg_dump, pg_restore", [8, 9, 10], { peakBytes: null, serverSeconds: null });

test("a comparison shows both sides, what is not known as a dash, and the ratio of the medians", () => {
  const report = {
    ...SETTING,
    set: { tables: [{ name: "accounts", rows: 3_000_000, indexes: 1 }], tableBytes: 4e8, indexBytes: 6e7 },
    codecs: ["brotli:1", "lz4"] as const,
    trials: [{ codec: "lz4", seconds: 8, archiveBytes: 9e7 }],
    dump: [OURS, THEIRS],
    restore: null,
  };
  expect(speedMarkdown(report).split("\n")).toStrictEqual([
    "- 2030-01-02, 2 cores (A Processor), 8 GiB, Linux 6.1, load before: 0.3",
    "- pgark 1.0.0 on Node.js 20.19.0, PostgreSQL 17.1 on the same machine, pg_dump 18.1, 2 jobs",
    "- server: shared_buffers 2GB, fsync on",
    "- rows: accounts 3,000,000 (1 index); 400 MB of tables, 60 MB of indexes",
    "- codecs: pgark brotli:1, pg_dump lz4, its best here (lz4 8.0 s, 90 MB)",
    "",
    "**Dump**",
    "",
    "| | seconds | its own CPU s | the server's CPU s | peak of the process | archive |",
    "|---|---|---|---|---|---|",
    "| pgark | 5.0 (4.0–6.0) | 2.5 (2.0–3.0) | 3.0 (3.0–3.0) | 150 MiB | 42 MB |",
    "| pg_dump, pg_restore | 9.0 (8.0–10.0) | 4.5 (4.0–5.0) | – | – | 42 MB |",
    "",
    "pg_dump, pg_restore ÷ pgark: **1.80×** by medians of 3.",
    "",
  ]);
});

test("a peak above the promise is called broken, whatever the other runs had", () => {
  const burst: Series = { ...OURS, runs: [...OURS.runs, { seconds: 5, cpuSeconds: 2, peakBytes: 256 * MIB + 1, serverSeconds: 3 }] };
  const report = { ...SETTING, note: "A shared machine.", cases: [{ table: "text", rows: 1_300_000, tableBytes: 1.05e9, dump: OURS, restore: burst }] };
  const lines = memoryMarkdown(report).split("\n");
  expect(lines[0]).toBe("> A shared machine.");
  expect(lines.at(-2)).toBe("| text, 1,300,000 rows, 1,050 MB | 150 MiB, kept | 5.0 (4.0–6.0) | 257 MiB, **broken** | 5.0 (4.0–6.0) |");
});

test("a section is replaced between its marks, and nowhere else", () => {
  const text = "# Before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n";
  expect(replaceSection(text, "speed", "new\n")).toBe("# Before\n<!-- speed -->\nnew\n<!-- /speed -->\nafter\n");
  expect(() => replaceSection(text, "memory", "new\n")).toThrow("no place for memory");
});
