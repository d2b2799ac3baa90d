/** The walls of the house: which room may import which, and what no room may do. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

interface Source {
  /** `catalog/kinds/table.ts` */
  readonly path: string;
  /** `catalog`; the file's own name for what lies on the ground floor. */
  readonly room: string;
  readonly text: string;
  /** What it imports of src, as paths. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path): Source => {
    const text = readFileSync(join(SRC, path), "utf8");
    const specifiers = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, specifier = ""]) => specifier);
    return {
      path,
      room: roomOf(path),
      text,
      imports: specifiers.filter((one) => one.startsWith(".")).map((one) => relative(SRC, join(SRC, dirname(path), one))),
      packages: specifiers.filter((one) => !one.startsWith(".") && !one.startsWith("node:")),
    };
  });

function roomOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(".ts", "");
}

/** Rooms → the rooms of src that they must not import. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  archive: ["catalog", "session", "dump", "restore", "order", "migrations", "cli", "databases", "server"],
  catalog: ["archive", "dump", "restore", "order", "cli", "databases", "server"],
  order: ["archive", "dump", "restore", "session", "cli"],
  session: ["archive", "catalog", "dump", "restore", "order", "cli", "databases", "server"],
  values: ["archive", "catalog", "session", "dump", "restore", "cli", "io"],
  dump: ["restore", "cli", "databases", "server", "index"],
  restore: ["dump", "cli", "databases", "server", "index"],
  migrations: ["dump", "restore", "archive", "cli", "databases", "server"],
  io: ["archive", "catalog", "session", "dump", "restore", "cli"],
};

describe("imports point one way", () => {
  it.each(Object.entries(FORBIDDEN))("%s does not know what stands above or beside it", (room, forbidden) => {
    const wrong = sources.filter((source) => source.room === room).flatMap(({ path, imports }) => imports.filter((one) => forbidden.includes(roomOf(one))).map((one) => `${path} imports ${one}`));
    expect(wrong).toStrictEqual([]);
  });

  it("the command line comes in through the one door, or stands on the ground", () => {
    const ground = ["index.ts", "errors.ts", "events.ts", "options.ts", "report.ts", "io/io.ts"];
    const wrong = sources.filter(({ room }) => room === "cli").flatMap(({ path, imports }) => imports.filter((one) => roomOf(one) !== "cli" && !ground.includes(one)).map((one) => `${path} imports ${one}`));
    expect(wrong).toStrictEqual([]);
  });

  it("only the session room speaks with the driver", () => {
    expect(sources.filter(({ room, packages }) => room !== "session" && packages.includes("pg")).map(({ path }) => path)).toStrictEqual([]);
  });

  it("no installed package needs drizzle", () => {
    expect(sources.filter(({ packages }) => packages.some((one) => one.startsWith("drizzle"))).map(({ path }) => path)).toStrictEqual([]);
  });
});

it("the engine prints nothing", () => {
  expect(sources.filter(({ room, text }) => room !== "cli" && /\bconsole\.|process\.std(out|err)\.write/.test(text)).map(({ path }) => path)).toStrictEqual([]);
});

it("no function hands out a promise while `await using` already closes what the promise needs", () => {
  const wrong = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?: {2})?(?:export )?(?:async )?(?:function )?[\w#*]+\([^\n]*\{\n(.*?)^(?: {2})?\}/gms)]
      .map(([, body = ""]) => body)
      .filter((body) => body.includes("await using"))
      .flatMap((body) => [...body.matchAll(/\breturn (\w+(?:\.\w+)*)\((?!.*\bawait\b)/g)].map(([, call]) => `${path}: return ${call}(…)`)),
  );
  expect(wrong.filter((one) => !PLAIN_CALLS.has(one))).toStrictEqual([]);
});

/** Calls that give a value, not a promise. */
const PLAIN_CALLS = new Set(["restore.ts: return withDatabase(…)", "databases/extensions.ts: return names.filter(…)"]);
