/**
 * Subscriptions: `pg_subscription` in, `CREATE SUBSCRIPTION` out. As with pg_dump one comes back without connecting
 * to its publisher, and switched off: two databases that drain one slot would both lose changes.
 */
import { keySql } from "../fragments.ts";
import type { CatalogObject, KindModule } from "../kind.ts";
import { dollarQuoted, ident, literal } from "../quote.ts";

export interface Subscription extends CatalogObject {
  readonly kind: "subscription";
  readonly schema: null;
  readonly owner: string;
  /** A connection string; passwords may be in it. */
  readonly connection: string;
  readonly publications: readonly string[];
  /** Null for `NONE`. */
  readonly slot: string | null;
  readonly synchronousCommit: string;
  readonly binary: boolean;
  readonly streaming: "off" | "on" | "parallel";
  readonly twoPhase: boolean;
  readonly disableOnError: boolean;
  readonly passwordRequired: boolean;
  readonly runAsOwner: boolean;
  readonly failover: boolean;
  readonly origin: string;
}

function subscriptionsQuery(serverVersion: number): string {
  const since = (version: number, column: string, before: string) => (serverVersion >= version ? column : before);
  const streaming = since(160_000, "case s.substream when 'p' then 'parallel' when 't' then 'on' else 'off' end", since(140_000, "case when s.substream then 'on' else 'off' end", "'off'"));
  return /* sql */ `
  select ${keySql("pg_subscription", "s.oid")} as key,
         null::text as schema,
         s.subname as name,
         pg_catalog.pg_get_userbyid(s.subowner) as owner,
         s.subconninfo as connection,
         s.subpublications as publications,
         s.subslotname as slot,
         s.subsynccommit as "synchronousCommit",
         ${since(140_000, "s.subbinary", "false")} as binary,
         ${streaming} as streaming,
         ${since(150_000, "s.subtwophasestate <> 'd'", "false")} as "twoPhase",
         ${since(150_000, "s.subdisableonerr", "false")} as "disableOnError",
         ${since(160_000, "s.subpasswordrequired", "true")} as "passwordRequired",
         ${since(160_000, "s.subrunasowner", "false")} as "runAsOwner",
         ${since(170_000, "s.subfailover", "false")} as failover,
         ${since(160_000, "s.suborigin", "'any'")} as origin
  from pg_catalog.pg_subscription s
  -- The catalog is the cluster's.
  where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  order by s.subname`;
}

/** Connection strings are for superusers. Without them there is no subscription to make: `unmodelled.ts` tells of those. */
const MAY_READ = /* sql */ `select pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT') as "mayRead"`;

export const subscription: KindModule<Subscription> = {
  section: "post-data",
  async read(session) {
    const [permission] = await session.query<{ readonly mayRead: boolean }>(MAY_READ);
    if (permission?.mayRead !== true) return [];
    const rows = await session.query<Omit<Subscription, "kind">>(subscriptionsQuery(session.serverVersion));
    return rows.map((row) => ({ kind: "subscription", ...row }));
  },
  create(s, { serverVersion }) {
    const publications = s.publications.map(ident).join(", ");
    return [
      `CREATE SUBSCRIPTION ${ident(s.name)} CONNECTION ${literal(s.connection)} PUBLICATION ${publications} WITH (${optionsOf(s, serverVersion).join(", ")});`,
      ...asBefore(s, serverVersion),
    ];
  },
  drop: (s) => `DO ${dollarQuoted(letGo(s))};`,
  address: (s) => `SUBSCRIPTION ${ident(s.name)}`,
};

/** Only what differs from what every server would assume. Streaming came with 14, and from 18 on is not off by default. */
function optionsOf(s: Subscription, serverVersion: number): readonly string[] {
  const options = ["connect = false", `slot_name = ${s.slot === null ? "NONE" : literal(s.slot)}`];
  if (s.binary) options.push("binary = true");
  if (serverVersion >= 140_000) options.push(`streaming = ${s.streaming}`);
  if (s.twoPhase) options.push("two_phase = on");
  if (s.disableOnError) options.push("disable_on_error = true");
  if (!s.passwordRequired) options.push("password_required = false");
  if (s.runAsOwner) options.push("run_as_owner = true");
  if (s.failover) options.push("failover = true");
  if (s.synchronousCommit !== "off") options.push(`synchronous_commit = ${literal(s.synchronousCommit)}`);
  if (s.origin !== "any") options.push(`origin = ${literal(s.origin)}`);
  return options;
}

/**
 * What a newer server would do differently unless told: 16 no longer applies changes as the subscription's owner, 18
 * streams. An older server knows no such option, hence the question.
 */
function asBefore(s: Subscription, serverVersion: number): readonly string[] {
  if (serverVersion >= 160_000) return [];
  const options = serverVersion >= 140_000 ? "run_as_owner = true" : "run_as_owner = true, streaming = off";
  const body = `BEGIN
  IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN
    ALTER SUBSCRIPTION ${ident(s.name)} SET (${options});
  END IF;
END`;
  return [`DO ${dollarQuoted(body)};`];
}

/**
 * Dropped without its slot: that is on the publisher, which would have to be asked outside any transaction, and the
 * subscription that comes back goes on from it.
 */
function letGo(s: Subscription): string {
  return `BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database() AND s.subname = ${literal(s.name)}) THEN
    ALTER SUBSCRIPTION ${ident(s.name)} DISABLE;
    ALTER SUBSCRIPTION ${ident(s.name)} SET (slot_name = NONE);
    DROP SUBSCRIPTION ${ident(s.name)};
  END IF;
END`;
}
