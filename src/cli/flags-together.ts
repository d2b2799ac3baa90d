/** Flags of a restore that make no sense together: refused as wrong usage, before anything is opened. */
import { PgarkError } from "../errors.ts";
import type { RestoreFlags } from "./restoring.ts";

type Given = (flags: RestoreFlags) => boolean;

/** By the flag's long name: whether it was given. */
const FLAGS = {
  "--schema-only": ({ schemaOnly }) => schemaOnly === true,
  "--create": ({ create }) => create === true,
  "--globals": ({ globals }) => globals === true,
  "--clean": ({ clean }) => clean === true,
  "--on-conflict": ({ onConflict }) => onConflict !== undefined,
  "--on-conflict-table": ({ onConflictTable }) => onConflictTable !== undefined,
  "--on-conflict-key": ({ onConflictKey }) => onConflictKey !== undefined,
  "--max-rejects": ({ maxRejects }) => maxRejects !== undefined,
  "--rejects-file": ({ rejectsFile }) => rejectsFile !== undefined,
  "--leave-out": ({ leaveOut }) => leaveOut !== undefined,
  "--where": ({ where }) => where !== undefined,
  "--resume": ({ resume }) => resume === true,
  "--single-transaction": ({ singleTransaction }) => singleTransaction === true,
  "--dry-run": ({ dryRun }) => dryRun === true,
} as const satisfies Record<string, Given>;

type Flag = keyof typeof FLAGS;

interface Rule {
  readonly flag: Flag;
  readonly against: readonly Flag[];
  readonly because: string;
}

const RULES: readonly Rule[] = [
  { flag: "--schema-only", against: ["--on-conflict", "--on-conflict-table", "--on-conflict-key", "--max-rejects", "--rejects-file", "--leave-out", "--where"], because: "no rows are restored" },
  { flag: "--clean", against: ["--on-conflict", "--on-conflict-table", "--on-conflict-key"], because: "the tables are dropped and made again, so that no row meets another" },
  { flag: "--create", against: ["--on-conflict", "--on-conflict-table", "--on-conflict-key"], because: "the database is new, so that no row meets another" },
  { flag: "--globals", against: ["--single-transaction"], because: "tablespaces cannot be made in a transaction" },
  { flag: "--resume", against: ["--single-transaction"], because: "of an interrupted transaction nothing is left to go on with" },
  { flag: "--resume", against: ["--dry-run"], because: "what is left to do was decided when the restore began" },
];

/** Throws USAGE for the first pair that contradicts itself, or that leads nowhere. */
export function refuseFlagsTogether(flags: RestoreFlags): void {
  for (const { flag, against, because } of RULES) {
    const other = FLAGS[flag](flags) ? against.find((one) => FLAGS[one](flags)) : undefined;
    if (other !== undefined) throw new PgarkError("USAGE", `${other} does not go with ${flag}: ${because}`);
  }
  if (flags.rows !== undefined && flags.dryRun !== true) throw new PgarkError("USAGE", "--rows shows rows of a plan: it goes with --dry-run");
  const follows = flags.withParents === true ? "--with-parents" : flags.withChildren === true ? "--with-children" : null;
  if (follows !== null && flags.where === undefined) throw new PgarkError("USAGE", `${follows} follows the rows that --where chooses, and there is no --where`);
}
