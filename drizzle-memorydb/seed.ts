/**
 * Rows for memorydb: deterministic, made on the server from numbers. An embedding is the sum of three vectors out of
 * small pools, which costs two additions instead of 768 hashes a node, and gives clusters as real embeddings
 * have them. `embedding_queue` stays empty on purpose.
 */
import { moveSequence, refuseSeeded } from "../drizzle/seed.ts";
import { COMMENTS, LANGUAGES, REASONS, SENTENCES, SLUG_WORDS } from "../drizzle/texts.ts";
import { below, moment, oneIn, oneOf, sentences, uuidOf } from "../drizzle/values.ts";

export const DEFAULT_ROWS = 20_000;

const DIMENSIONS = 768;

/** Pools of vectors: independent ones add up by squares, so these lengths make a sum of about length 1. */
const POOLS = [
  { vectors: 64, length: Math.sqrt(0.6) },
  { vectors: 256, length: Math.sqrt(0.3) },
  { vectors: 512, length: Math.sqrt(0.1) },
] as const;

/** One node takes about 5 kB while the index is built: its vector and its neighbours. */
const INDEX_BYTES_PER_NODE = 5_000;

/**
 * Plain SQL statements that fill an empty memorydb with `rows` nodes, about 2.8 edges a node and what belongs to them.
 * They belong into one transaction. The first one refuses a database that has nodes already. Default: 20,000 nodes.
 */
export function seedStatements(rows: number = DEFAULT_ROWS): string[] {
  const nodes = Math.max(10, Math.trunc(rows));
  const chats = Math.max(5, Math.ceil(nodes / 40));
  const megabytes = Math.min(1024, 64 + Math.ceil((nodes * INDEX_BYTES_PER_NODE) / 1_000_000));
  return [
    refuseSeeded("memory_nodes", "memorydb"),
    // Compiling these long expressions takes longer than running them, and some builds of the server have no compiler.
    "set local jit = off",
    // The trigger would update two nodes for each edge; the degrees are counted in one go below.
    "alter table memory_edges disable trigger user",
    // Building the HNSW index over the finished rows is several times faster than adding them to it one by one.
    "create temporary table seed_index on commit drop as select pg_get_indexdef('memory_nodes_embedding_idx'::regclass) as definition",
    "drop index memory_nodes_embedding_idx",
    sessions(chats),
    ...POOLS.map(pool),
    memoryNodes(nodes, chats),
    memoryEdges(nodes),
    ruleLinks(nodes),
    nodeAccessLog(nodes, chats),
    "update memory_nodes n set degree = d.degree from (select node_id, count(*)::int as degree from node_neighbours group by node_id) d where d.node_id = n.id",
    `set local maintenance_work_mem = '${megabytes}MB'`,
    // Parallel workers would share that memory in /dev/shm, of which containers have 64 MB unless told otherwise.
    "set local max_parallel_maintenance_workers = 0",
    "do $$ begin execute (select definition from seed_index); end $$",
    "alter table memory_edges enable trigger user",
    ...["memory_nodes", "rule_links"].map(moveSequence),
    "analyze",
  ];
}

function sessions(n: number): string {
  return `
    insert into sessions (id, project_key, assistant, started_at, ended_at, summary, started_from)
    select ${uuidOf("session", "i")},
      'project-' || 1 + ${below(200, "i", 1)},
      ${oneOf(["writer", "reviewer", "tester", "Übersetzer"], "i", 2)},
      ${moment("2025-01-01", 200, "i", 3)},
      case ${below(5, "i", 4)} when 0 then null when 1 then 'infinity'::timestamptz else ${moment("2025-08-01", 20, "i", 5)} end,
      case ${below(3, "i", 6)} when 0 then null when 1 then '' else ${sentences(SENTENCES, 2, "i", 7)} end,
      case when ${oneIn(3, "i", 9)} then null else ('198.51.100.' || i % 256)::inet end
    from generate_series(1::bigint, ${n}) i`;
}

/** Uniform components from -1 to 1 have a mean square of 1/3, hence the factor. Nothing here depends on the order of sums. */
function pool({ vectors, length }: (typeof POOLS)[number], number: number): string {
  const factor = length * Math.sqrt(3 / DIMENSIONS);
  return `
    create temporary table seed_pool_${number} on commit drop as
    select k, array_agg((${below(2_000_001, `k * ${DIMENSIONS} + d`, 1000 + number)} - 1000000) / 1000000.0::float8 * ${factor}::float8 order by d)::vector(${DIMENSIONS}) as v
    from generate_series(0::bigint, ${vectors - 1}) k, generate_series(1, ${DIMENSIONS}) d
    group by k`;
}

function memoryNodes(n: number, chats: number): string {
  const [clusters, themes, details] = POOLS;
  return `
    insert into memory_nodes (id, session_id, origin_id, kind, content, embedding, keywords, metadata, importance, created_at, forgotten_at, degree) overriding system value
    select i,
      case when ${oneIn(8, "i", 1)} then null else ${uuidOf("session", `1 + ${below(chats, "i", 2)}`)} end,
      case when ${oneIn(4, "i", 3)} then nullif(1 + ${below(n, "i", 4)}, i) end,
      (enum_range(null::node_kind))[1 + ${below(5, "i", 5)}],
      case when ${oneIn(500, "i", 6)} then '' else ${sentences(SENTENCES, 3, "i", 7)} || ' #' || i end,
      case when ${oneIn(50, "i", 10)} then null else a.v + b.v + c.v end,
      array(select distinct ${oneOf([...LANGUAGES, ...SLUG_WORDS], "i * 7 + k", 11)} from generate_series(1, ${below(5, "i", 12)}) k order by 1),
      jsonb_build_object('model', 'made-up-768', 'tokens', ${below(900, "i", 13)}, 'note', ${oneOf(COMMENTS, "i", 14)}),
      ${below(1001, "i", 15)} / 1000.0,
      ${moment("2025-01-01", 300, "i", 16)},
      case when ${oneIn(20, "i", 17)} then ${moment("2025-11-01", 20, "i", 18)} end,
      0
    from generate_series(1::bigint, ${n}) i
    join seed_pool_0 a on a.k = ${below(clusters.vectors, "i", 19)}
    join seed_pool_1 b on b.k = ${below(themes.vectors, "i", 20)}
    join seed_pool_2 c on c.k = ${below(details.vectors, "i", 21)}
    order by i`;
}

function memoryEdges(n: number): string {
  return `
    insert into memory_edges (source_id, target_id, kind, weight, created_at)
    select distinct on (i, target, kind) i, target, kind, ${below(10_001, "i * 9 + k", 1)} / 10000.0, ${moment("2025-02-01", 280, "i * 9 + k", 2)}
    from generate_series(1::bigint, ${n}) i,
      lateral generate_series(1, (1 + ${below(5, "i", 3)})::int) k,
      lateral (select 1 + ${below(n, "i * 9 + k", 4)} as target, (enum_range(null::edge_kind))[1 + ${below(5, "i * 9 + k", 5)}] as kind) edge
    where target <> i
    order by i, target, kind, k`;
}

function ruleLinks(n: number): string {
  return `
    insert into rule_links (id, node_id, rule_id, reason, confirmed)
    select i, i * 2 - 1, 1 + ${below(40_000, "i", 1)}, nullif(${oneOf(REASONS, "i", 2)}, 'typo'), ${oneIn(3, "i", 3)}
    from generate_series(1::bigint, ${Math.ceil(n / 2)}) i`;
}

/** Whole rows repeat: the time is coarse and the score often null. */
function nodeAccessLog(n: number, chats: number): string {
  return `
    insert into node_access_log (node_id, session_id, accessed_at, score)
    select 1 + ${below(n, "i / 3", 1)}, case when ${oneIn(3, "i / 3", 2)} then null else ${uuidOf("session", `1 + ${below(chats, "i / 3", 3)}`)} end,
      timestamptz '2025-03-01 00:00:00+00' + (i / 100) * interval '1 minute',
      case when ${oneIn(2, "i / 3", 4)} then null else ${below(1000, "i", 5)} / 1000.0 end
    from generate_series(1::bigint, ${n}) i`;
}
