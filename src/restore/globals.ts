/**
 * `--globals`: what belongs to the whole server is made before anything of the database. What is there already is left
 * alone, and each that is not made is told with its reason. Roles and what hangs on them are one transaction;
 * tablespaces come after it, because no transaction may make them.
 */
import type { Toc, TocEntry } from "../archive/toc.ts";
import { GLOBAL_KINDS, type GlobalRecord, isGlobalKind, readGlobalRecord } from "../catalog/globals.ts";
import { chooseProperties, type Left, type Property } from "../catalog/property.ts";
import { isPgarkError, messageOf, PgarkError } from "../errors.ts";
import type { Listener, Warning } from "../events.ts";
import type { Resolved, RestoreOptions } from "../options.ts";
import type { RestoreReport } from "../report.ts";
import { createSelection } from "../selection.ts";
import type { Session } from "../session/session.ts";
import { attempt, leftUnsaid, sayEach } from "./say.ts";
import type { TargetFacts } from "./target.ts";
import { inTransaction } from "./transaction.ts";

/** What of the archive's globals a restore makes. */
export interface GlobalsPlan {
  readonly make: readonly PlannedGlobal[];
  readonly skip: readonly { readonly object: string; readonly reason: string }[];
  /** What is made, but not whole. */
  readonly warnings: readonly Warning[];
}

export interface PlannedGlobal {
  readonly entry: TocEntry;
  readonly chosen: readonly Property[];
}

/** What the target's server has of them. */
export interface ServerFacts {
  readonly serverVersion: number;
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
  readonly memberships: readonly { readonly role: string; readonly member: string }[];
  /** Whether ALTER ROLE ALL has set something. */
  readonly settingsOfAll: boolean;
  /** Parameters on which somebody has privileges. */
  readonly parameters: readonly string[];
}

export const NO_GLOBALS: GlobalsPlan = { make: [], skip: [], warnings: [] };

function factsQuery(serverVersion: number): string {
  return /* sql */ `
  select array(select rolname::text from pg_catalog.pg_roles) as roles,
    array(select spcname::text from pg_catalog.pg_tablespace) as tablespaces,
    (select coalesce(json_agg(json_build_object('role', r.rolname, 'member', m.rolname)), '[]') from pg_catalog.pg_auth_members a
     join pg_catalog.pg_roles r on r.oid = a.roleid join pg_catalog.pg_roles m on m.oid = a.member) as memberships,
    exists (select from pg_catalog.pg_db_role_setting where setdatabase = 0 and setrole = 0) as "settingsOfAll",
    ${serverVersion < 150_000 ? "'{}'::text[]" : "array(select parname from pg_catalog.pg_parameter_acl)"} as parameters`;
}

/**
 * Reads what the server has and plans the rest. Throws NOTHING_MATCHED when globals are asked for and the archive has none.
 * Without `globals` the plan says that those of the archive are left out.
 */
export async function planGlobals(session: Session, toc: Toc, options: Resolved<RestoreOptions>): Promise<GlobalsPlan> {
  const wanted = globalsIn(toc, options);
  const [facts] = await session.query<Omit<ServerFacts, "serverVersion">>(factsQuery(session.serverVersion));
  if (facts === undefined) throw new Error("a select without FROM gave no row");
  return arrangeGlobals(wanted, { ...facts, serverVersion: session.serverVersion }, options);
}

/** What a restore without `globals` says of those that the archive has. */
export function withoutGlobals({ entries }: Toc): GlobalsPlan {
  const counts = GLOBAL_KINDS.flatMap((kind) => {
    const count = entries.filter((entry) => entry.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return counts.length === 0 ? NO_GLOBALS : { ...NO_GLOBALS, skip: [{ object: "globals", reason: `they are made only when asked for, with --globals: ${counts.join(", ")}` }] };
}

function globalsIn({ entries }: Toc, options: Resolved<RestoreOptions>): readonly TocEntry[] {
  if (!entries.some(({ kind }) => isGlobalKind(kind))) {
    throw new PgarkError("NOTHING_MATCHED", "the archive holds no globals: no roles, no tablespaces", { hint: "Back up with --globals, or restore without it." });
  }
  return createSelection(options, "all").entries(entries).filter(({ kind }) => isGlobalKind(kind));
}

/** Pure. */
export function arrangeGlobals(entries: readonly TocEntry[], facts: ServerFacts, options: Resolved<RestoreOptions>): GlobalsPlan {
  const skip: { object: string; reason: string }[] = [];
  const wanted = entries.filter((entry) => {
    const reason = whyNot(entry, readGlobalRecord(entry.record), facts);
    if (reason !== null) skip.push({ object: entry.address, reason });
    return reason === null;
  });
  const made = wanted.flatMap(({ kind, name }) => (kind === "role" ? [name] : []));
  const roles = new Set([...facts.roles, ...made]);
  const make: PlannedGlobal[] = [];
  const warnings: Warning[] = [];
  for (const entry of wanted) {
    const record = readGlobalRecord(entry.record);
    const { chosen, left } = chooseProperties(record.properties, { ...options, roles, serverVersion: facts.serverVersion });
    const settled = bothOld(entry, record, made) ? "both roles were there before, and are left as they are" : reasonOfFirst(record, left, chosen);
    if (settled !== null) skip.push({ object: entry.address, reason: settled });
    else if (chosen.length > 0) make.push({ entry, chosen });
    if (settled === null) warnings.push(...leftUnsaid(entry.address, left));
  }
  const unkept = made.length > 0 && !entries.some(({ record }) => readGlobalRecord(record).properties.some(({ type }) => type === "password"));
  return { make, skip, warnings: unkept ? [...warnings, PASSWORDS_NOT_KEPT] : warnings };
}

const PASSWORDS_NOT_KEPT: Warning = { code: "PASSWORDS_NOT_KEPT", message: "the archive holds no passwords: roles that log in with one need it set again" };

/** Why a global is left alone, by what the server has; null when it is not. */
function whyNot({ kind, name }: TocEntry, { of }: GlobalRecord, facts: ServerFacts): string | null {
  const there = "exists on the target, and is left as it is";
  switch (kind) {
    case "role":
      if (facts.roles.includes(name)) return there;
      return RESERVED.test(name) ? "the name is reserved: no server makes such a role" : null;
    case "role-membership":
      return facts.memberships.some((one) => one.role === name && one.member === of) ? there : null;
    case "role-setting":
      if (of === null) return facts.settingsOfAll ? "the target has settings for all roles, and they are left as they are" : null;
      return facts.roles.includes(of) ? "the role exists on the target, and is left as it is" : null;
    case "tablespace":
      if (facts.tablespaces.includes(name)) return there;
      return RESERVED.test(name) ? "the name is reserved: no server makes such a tablespace" : null;
    case "parameter-privilege":
      return facts.parameters.includes(name) ? "the target has privileges on it, and they are left as they are" : null;
    default:
      return `pgark does not know globals of kind ${kind}`;
  }
}

/** Names that CREATE ROLE and CREATE TABLESPACE refuse, quoted or not. */
const RESERVED = /^(?:pg_.*|public|none)$/s;

/** Who is a member of what among roles that were there is their business. */
function bothOld({ kind, name }: TocEntry, { of }: GlobalRecord, made: readonly string[]): boolean {
  return kind === "role-membership" && !made.includes(name) && !(of !== null && made.includes(of));
}

/** Why the statement that makes it cannot be said, without which the others mean nothing. */
function reasonOfFirst({ properties }: GlobalRecord, left: readonly Left[], chosen: readonly Property[]): string | null {
  return chosen.length > 0 || properties.length === 0 ? null : (left[0]?.why ?? null);
}

export interface GlobalsMade {
  /** How many of each kind. */
  readonly created: Readonly<Record<string, number>>;
  /** The entries that could not be made. */
  readonly failed: ReadonlySet<number>;
  readonly failures: RestoreReport["failures"];
  readonly warnings: readonly Warning[];
}

export const NONE_MADE: GlobalsMade = { created: {}, failed: new Set(), failures: [], warnings: [] };

export interface MakeOptions {
  readonly continueOnError: boolean;
  readonly tell: Listener;
  readonly tickMs: () => number;
}

/**
 * Makes what was planned. A role or membership that the server refuses ends it, and then none was made, unless errors are
 * tolerated; what else it refuses, a tablespace whose folder is missing for instance, is a warning.
 */
export async function makeGlobals(session: Session, { make }: GlobalsPlan, { continueOnError, tell, tickMs }: MakeOptions): Promise<GlobalsMade> {
  const created: Record<string, number> = {};
  const failed = new Set<number>();
  const failures: { object: string; message: string }[] = [];
  const warnings: Warning[] = [];
  const create = async (entry: TocEntry, properties: readonly Property[], inside: "inside" | "alone") => {
    const refused = await attempt(session, properties, inside);
    const others = properties.flatMap(({ otherwise, ...property }) => (otherwise === undefined ? [] : [{ ...property, statement: otherwise }]));
    if (refused === null || others.length === 0 || (await attempt(session, others, inside)) !== null) return refused;
    warnings.push(...leftUnsaid(entry.address, properties.map((property) => ({ property, why: messageOf(refused) }))));
    return null;
  };
  const makeOne = async ({ entry, chosen }: PlannedGlobal, inside: "inside" | "alone") => {
    const startedMs = tickMs();
    const refused = await create(entry, chosen.filter(({ type }) => type === "create"), inside);
    if (refused === null) {
      warnings.push(...(await sayEach(session, entry.address, chosen.filter(({ type }) => type !== "create"), inside)));
      created[entry.kind] = (created[entry.kind] ?? 0) + 1;
    } else {
      failed.add(entry.id);
      if (entry.kind === "tablespace") warnings.push({ code: "GLOBAL_NOT_RESTORED", object: entry.address, message: `${messageOf(refused)}; what was in it goes to the default tablespace` });
      else if (continueOnError) failures.push({ object: entry.address, message: messageOf(refused) });
      else throw failureOf(entry, refused);
    }
    tell({ type: "object", action: refused === null ? "created" : "failed", kind: entry.kind, name: entry.address, seconds: (tickMs() - startedMs) / 1000 });
  };
  await inTransaction(session, false, async () => {
    for (const one of make) if (one.entry.kind !== "tablespace") await makeOne(one, "inside");
  });
  for (const one of make) if (one.entry.kind === "tablespace") await makeOne(one, "alone");
  for (const warning of warnings) tell({ type: "warning", warning });
  return { created, failed, failures, warnings };
}

function failureOf({ kind, address }: TocEntry, refused: Error): Error {
  if (!isPgarkError(refused)) return refused;
  const hint = "No role was made. Restore the globals as a superuser, or go on without those that the target refuses, with --continue-on-error.";
  return new PgarkError(refused.code, `could not make ${kind} ${address}: ${refused.message}`, { object: address, sqlState: refused.sqlState, hint, cause: refused });
}

/** The facts of a target as they are when the globals are made. `failed`: those that could not be. */
export function withGlobals(facts: TargetFacts, { make }: GlobalsPlan, { failed }: Pick<GlobalsMade, "failed"> = NONE_MADE): TargetFacts {
  const names = (kind: string) => make.flatMap(({ entry }) => (entry.kind === kind && !failed.has(entry.id) ? [entry.name] : []));
  return { ...facts, roles: new Set([...facts.roles, ...names("role")]), tablespaces: new Set([...facts.tablespaces, ...names("tablespace")]) };
}
