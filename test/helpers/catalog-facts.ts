/**
 * What is in a database, as facts by name, read straight from the catalogs and not through the engine: it knows of
 * things that neither a TOC nor pg_dump prints, such as the order of columns, the names of what partitions got from
 * their parents, and every dependency. No OIDs, no numbers of columns: two databases that mean the same have the same
 * facts, on one major of the server. Kinds that begin with `system` tell of what initdb made.
 */
import pg from "pg";
import { DATABASE } from "./facts/database.ts";
import type { FactQueries } from "./facts/fragments.ts";
import { OUTSIDE } from "./facts/outside.ts";
import { RELATIONS } from "./facts/relations.ts";
import { ROUTINES } from "./facts/routines.ts";
import { TYPES } from "./facts/types.ts";

/** Kind of fact → facts, each a JSON object as text, in an order of their own. */
export type Facts = Readonly<Record<string, readonly string[]>>;

export interface FactDifference {
  readonly kind: string;
  /** In the first database only. */
  readonly lost: readonly string[];
  /** In the second database only. */
  readonly added: readonly string[];
}

const QUERIES: FactQueries = { ...RELATIONS, ...ROUTINES, ...TYPES, ...OUTSIDE, ...DATABASE };

/** Every kind of fact, whatever the server's version. */
export const FACT_KINDS: readonly string[] = [...Object.keys(QUERIES), "sequenceValues"];

export async function catalogFacts(url: string): Promise<Facts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("set search_path = ''; set quote_all_identifiers = off; set datestyle = iso; set extra_float_digits = 3");
    const { rows } = await client.query<{ version: number }>("select current_setting('server_version_num')::int as version");
    const version = rows[0]?.version ?? 0;
    const facts: Record<string, readonly string[]> = {};
    for (const [kind, { sql, since = 0 }] of Object.entries(QUERIES)) {
      if (version >= since) facts[kind] = await factsOf(client, kind, sql);
    }
    facts["sequenceValues"] = await sequenceValues(client);
    return facts;
  } finally {
    await client.end();
  }
}

/** What one database says and the other does not, kinds without a difference left out. A field that only one side's server has is not compared. */
export function factsThatDiffer(first: Facts, second: Facts): readonly FactDifference[] {
  const kinds = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return kinds
    .map((kind) => {
      const [ours, theirs] = comparable(first[kind] ?? [], second[kind] ?? []);
      return { kind, lost: without(ours, theirs), added: without(theirs, ours) };
    })
    .filter(({ lost, added }) => lost.length + added.length > 0);
}

async function factsOf(client: pg.Client, kind: string, sql: string): Promise<readonly string[]> {
  try {
    const { rows } = await client.query<{ fact: object }>(sql);
    return rows.map(({ fact }) => JSON.stringify(fact)).sort();
  } catch (error) {
    throw new Error(`the query of ${kind} failed`, { cause: error });
  }
}

/** pg_sequences says nothing of a sequence that was not called yet, so each is asked, some hundred in one query. */
async function sequenceValues(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>("select s.seqrelid::regclass::text as name from pg_sequence s order by 1");
  const facts: string[] = [];
  for (let at = 0; at < rows.length; at += 500) {
    const each = rows.slice(at, at + 500).map(({ name }) => `select jsonb_build_object('name', ${pg.escapeLiteral(name)}, 'last', last_value, 'called', is_called) as fact from ${name}`);
    facts.push(...(await factsOf(client, "sequenceValues", each.join(" union all "))));
  }
  return facts.sort();
}

/** Both sides without the fields that the other side's facts do not have; whole where one side has no facts at all. */
function comparable(first: readonly string[], second: readonly string[]): readonly [readonly string[], readonly string[]] {
  const [head, other] = [first[0], second[0]];
  if (head === undefined || other === undefined) return [first, second];
  const [ours, theirs] = [Object.keys(fieldsOf(head)), Object.keys(fieldsOf(other))];
  if (ours.length === theirs.length && ours.every((field) => theirs.includes(field))) return [first, second];
  const common = (fact: string) => JSON.stringify(Object.fromEntries(Object.entries(fieldsOf(fact)).filter(([field]) => ours.includes(field) && theirs.includes(field))));
  return [first.map(common), second.map(common)];
}

function fieldsOf(fact: string): Readonly<Record<string, unknown>> {
  // Each query makes a fact an object.
  return JSON.parse(fact) as Record<string, unknown>;
}

/** The lines of one that the other has not, as often as it has them too few times. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
