/**
 * An archive of one major for a server of another: what that server cannot have is found in the plan, before the
 * first write, each thing by name, with the reason and since when. What an older syntax says as well is written
 * so; what can be missing without harm is left out and told; the rest is refused. Pure. It does not find
 * what stands only in the bodies of functions in other languages than SQL's own, nor what fails as a consequence.
 */
import type { TocEntry } from "../archive/toc.ts";
import { moduleOf } from "../catalog/catalog.ts";
import type { AnyObject, DdlContext, Key } from "../catalog/kind.ts";
import { ident, qualified } from "../catalog/quote.ts";
import type { TableLike } from "../catalog/table-parts.ts";
import { PgarkError } from "../errors.ts";
import type { Warning } from "../events.ts";
import { objectRules, type Surroundings } from "./other-major-rules.ts";
import { textRules } from "./other-major-text.ts";

export interface Majors {
  /** `server_version_num`, both. */
  readonly source: number;
  readonly target: number;
}

/** A feature that only some majors have. */
export interface Feature {
  /** As a sentence goes on after «has»: `virtual generated columns`. */
  readonly what: string;
  /** The major that brought it: older targets lack it. */
  readonly since?: number;
  /** The major that took it away: targets from this one on lack it. */
  readonly until?: number;
}

export interface Fitted {
  /** What is to be created, as the target's major can have it. */
  readonly create: readonly TocEntry[];
  readonly refused: readonly Refused[];
  readonly warnings: readonly Warning[];
}

/** An object that the target's major cannot have. */
export interface Refused {
  readonly object: string;
  /** `virtual generated columns (since 18)`. */
  readonly reason: string;
}

/** Whether a target lacks what a source of its major could have. */
export function lacks({ since, until }: Feature, { source, target }: Majors): boolean {
  if (since !== undefined && target < since * 10_000 && source >= since * 10_000) return true;
  return until !== undefined && target >= until * 10_000 && source < until * 10_000;
}

/** `create`: the entries that are wanted; `entries`: all of the archive. */
export function fitToMajor(create: readonly TocEntry[], entries: readonly TocEntry[], majors: Majors): Fitted {
  if (majorOf(majors.source) === majorOf(majors.target)) return { create, refused: [], warnings: [] };
  const around = surroundings(entries);
  const refused: Refused[] = [];
  const warnings: Warning[] = [];
  const leftOut = new Set<number>();
  const fitted = create.flatMap((entry) => {
    if (entry.parent !== null && leftOut.has(entry.parent) && HANGS_ON.has(entry.kind)) return [];
    const { entry: kept, reasons, told } = fitEntry(entry, around, majors);
    const warn = (code: string, what: string) => warnings.push({ code, object: entry.address, message: `PostgreSQL ${majorOf(majors.target)} ${what}` });
    for (const reason of reasons) warn("IMPOSSIBLE_FOR_MAJOR", `has no ${reason}`);
    if (reasons.length > 0) {
      // It stays as it was, and fails where that is tolerated: half of it would look like all.
      refused.push({ object: entry.address, reason: reasons.join(", ") });
      return [entry];
    }
    for (const what of told) warn("LEFT_OUT_FOR_MAJOR", what);
    if (kept === null) leftOut.add(entry.id);
    return kept === null ? [] : [kept];
  });
  return { create: fitted, refused, warnings };
}

/** All that is refused, in one error; null when that is nothing. */
export function majorRefusal(refused: readonly Refused[], { source, target }: Majors): PgarkError | null {
  if (refused.length === 0) return null;
  const reasons = new Map<string, string[]>();
  for (const { object, reason } of refused) reasons.set(reason, [...(reasons.get(reason) ?? []), object]);
  const list = [...reasons].map(([reason, objects]) => `${reason}: ${objects.join(", ")}`).join("; ");
  return new PgarkError("TARGET_LACKS", `the archive is of PostgreSQL ${majorOf(source)}, and PostgreSQL ${majorOf(target)} cannot have ${list}`, {
    object: refused[0]!.object,
    hint: "Leave them out of the selection, or restore with --continue-on-error, which makes what can be made and counts what fails.",
  });
}

interface FittedEntry {
  /** Null where it is left out. */
  readonly entry: TocEntry | null;
  /** Why it cannot be. */
  readonly reasons: readonly string[];
  /** What was changed, as a sentence about the target. */
  readonly told: readonly string[];
}

function fitEntry(entry: TocEntry, around: ReturnType<typeof surroundings>, majors: Majors): FittedEntry {
  const comment = entry.kind === "comment" ? around.commentsOnNotNull.get(entry.address) : undefined;
  if (comment !== undefined && lacks(comment, majors)) return { entry: null, reasons: [], told: [`has no ${whenOf(comment)}; it is left out`] };
  const object = objectOf(entry);
  if (object === null) return fitText(entry, { reasons: [], told: [] }, majors);
  const reasons: string[] = [];
  const told: string[] = [];
  let now = object;
  for (const rule of objectRules) {
    if (!lacks(rule, majors) || rule.kind !== now.kind || !rule.has(now, around)) continue;
    const without = rule.without?.(now);
    if (without === undefined) reasons.push(whenOf(rule));
    else if (rule.silent !== true) told.push(`has no ${whenOf(rule)}; ${without === null ? "it is left out" : (rule.instead ?? "it is restored without")}`);
    if (without === null) return { entry: null, reasons, told };
    now = without ?? now;
  }
  const written = now === object ? entry : rewritten(entry, object, now, around, majors);
  if (written === null) return { entry, reasons: [...reasons, "a definition that this program did not write so"], told: [] };
  return fitText(written, { reasons, told }, majors);
}

/** What is seen in statements alone: it holds for what has no object of its own, and for expressions that the server printed. */
function fitText(entry: TocEntry, { reasons, told }: Pick<FittedEntry, "reasons" | "told">, majors: Majors): FittedEntry {
  const allReasons = [...reasons];
  const allTold = [...told];
  let { create } = entry;
  for (const rule of textRules) {
    if (!lacks(rule, majors) || !rule.has(entry, create)) continue;
    if (rule.without === undefined) allReasons.push(whenOf(rule));
    else {
      create = rule.without(create);
      allTold.push(`has no ${whenOf(rule)}; ${create.length === 0 ? "it is left out" : "it is restored without"}`);
    }
  }
  return { entry: create.length === 0 && entry.create.length > 0 ? null : create === entry.create ? entry : { ...entry, create }, reasons: [...new Set(allReasons)], told: allTold };
}

function whenOf({ what, since, until }: Feature): string {
  return `${what} (${since === undefined ? `until ${(until ?? 0) - 1}` : `since ${since}`})`;
}

/** The entry of the object as it is `now`; null where its statements are not those that the object's kind writes. */
function rewritten(entry: TocEntry, object: AnyObject, now: AnyObject, { separate }: Surroundings, { source, target }: Majors): TocEntry | null {
  const module = moduleOf(object);
  const context = (serverVersion: number): DdlContext => ({ separate, serverVersion });
  const written = module.create(object, context(source));
  // What follows is not the kind's: ALTER … DEPENDS ON EXTENSION.
  if (!written.every((statement, index) => entry.create[index] === statement)) return null;
  return { ...entry, create: [...module.create(now, context(Math.min(source, target))), ...entry.create.slice(written.length)] };
}

/** What is left out together with what it is said of. */
const HANGS_ON: ReadonlySet<string> = new Set(["comment", "security-label", "privileges"]);

/** Parts that may stand inside another's CREATE: those with an entry do not. */
const PARTS: ReadonlySet<string> = new Set(["default", "check", "domain-constraint", "rule"]);

function surroundings(entries: readonly TocEntry[]): Surroundings & { readonly commentsOnNotNull: ReadonlyMap<string, Feature> } {
  const separate = new Set<Key>();
  const tables = new Map<string, TableLike>();
  const multiranges = new Set<string>();
  const commentsOnNotNull = new Map<string, Feature>();
  const note = (names: readonly string[], on: string, since: number) => {
    for (const name of names) commentsOnNotNull.set(`CONSTRAINT ${ident(name)} ON ${on}`, { what: "comments on NOT NULL", since });
  };
  for (const entry of entries) {
    const object = objectOf(entry);
    if (object === null) continue;
    if (PARTS.has(object.kind)) separate.add(object.key);
    if (object.kind === "range" && object.multirange !== null) multiranges.add(object.multirange.name);
    if (object.kind === "domain") note(object.constraints.flatMap(({ notNull, name }) => (notNull ? [name] : [])), entry.address, 17);
    if (object.kind !== "table" && object.kind !== "foreign-table") continue;
    tables.set(qualified(object.schema, object.name), object);
    note(object.columns.flatMap(({ notNullConstraint: one }) => (one?.late === false && !one.noInherit ? [one.name] : [])), qualified(object.schema, object.name), 18);
  }
  return { separate, tables, multiranges, commentsOnNotNull };
}

/** The catalog's object, of an entry that is one. */
function objectOf({ kind, record }: TocEntry): AnyObject | null {
  if (record === null || typeof record !== "object" || !("kind" in record) || record.kind !== kind || !("key" in record)) return null;
  // The record of such an entry is the object as the catalog had it, by the contract of the TOC.
  return record as unknown as AnyObject;
}

function majorOf(serverVersion: number): number {
  return Math.floor(serverVersion / 10_000);
}
