/** The words behind `npm run bench --`. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export const QUESTIONS = ["dump", "restore", "merge", "memory"] as const;
export type Question = (typeof QUESTIONS)[number];

export interface BenchArguments {
  /** In the order of `QUESTIONS`. Default: dump and restore. */
  readonly questions: readonly Question[];
  /** How often each contender runs. Default: 5, of `--quick` 1. */
  readonly runs: number;
  /** A tenth of the rows. */
  readonly quick: boolean;
  /** An HNSW index on the vectors, which then is most of the restore. */
  readonly hnsw: boolean;
  /** Of both sides, except in `memory`, which is about pgark as it comes. Default: 2. */
  readonly jobs: number;
  /** Where the server with the set is kept. Default: beside the data of this clone's own server. */
  readonly home: string | null;
  /** Where the result is written to as JSON. */
  readonly json: string | null;
  /** Whether the result goes into bench/README.md too. */
  readonly readme: boolean;
  /** A remark that is printed with the result. */
  readonly note: string | null;
}

export const USAGE = `npm run bench -- [dump] [restore] [merge] [memory] [--runs N] [--quick] [--jobs N] [--hnsw] [--home FOLDER] [--json FILE] [--readme] [--note TEXT]`;

/** Throws for words that mean nothing here. */
export function parseArguments(words: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      hnsw: { type: "boolean", default: false },
      jobs: { type: "string", default: "2" },
      home: { type: "string" },
      json: { type: "string" },
      readme: { type: "boolean", default: false },
      note: { type: "string" },
    },
  });
  const unknown = positionals.find((word) => !QUESTIONS.some((question) => question === word));
  if (unknown !== undefined) throw new Error(`${unknown} is no question; there are ${QUESTIONS.join(", ")}`);
  const asked = positionals.length === 0 ? ["dump", "restore"] : positionals;
  return {
    questions: QUESTIONS.filter((question) => asked.includes(question)),
    runs: count("--runs", values.runs ?? (values.quick ? "1" : "5")),
    quick: values.quick,
    hnsw: values.hnsw,
    jobs: count("--jobs", values.jobs),
    home: pathOf(values.home),
    json: pathOf(values.json),
    readme: values.readme,
    note: values.note ?? null,
  };
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${option} takes a whole number of at least 1, not ${text}`);
  return Number(text);
}

function pathOf(text: string | undefined): string | null {
  return text === undefined ? null : resolve(text);
}
