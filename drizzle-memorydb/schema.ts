/**
 * memorydb: what assistants remember, as nodes with embeddings and edges between them. The extension (migration
 * 0000) and triggers, functions and comments (0003) are custom migrations, as drizzle-kit cannot express them.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  inet,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  pgView,
  primaryKey,
  real,
  text,
  timestamp,
  unique,
  uuid,
  vector,
} from "drizzle-orm/pg-core";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true });

export const nodeKind = pgEnum("node_kind", ["fact", "decision", "preference", "snippet", "episode"]);
export const edgeKind = pgEnum("edge_kind", ["supports", "contradicts", "follows", "mentions", "supersedes"]);

export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** rulesdb's projects.key: a soft reference, as the two databases share no server. */
    projectKey: text("project_key").notNull(),
    assistant: text("assistant").notNull(),
    startedAt: at("started_at").notNull().defaultNow(),
    endedAt: at("ended_at"),
    summary: text("summary"),
    startedFrom: inet("started_from"),
  },
  (t) => [
    check("sessions_end_check", sql`${t.endedAt} >= ${t.startedAt}`),
    index("sessions_open_idx").on(t.projectKey).where(sql`${t.endedAt} is null`),
  ],
);

export const memoryNodes = pgTable(
  "memory_nodes",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    sessionId: uuid("session_id").references(() => sessions.id, { onDelete: "set null" }),
    /** The node this one was split from. */
    originId: bigint("origin_id", { mode: "number" }).references((): AnyPgColumn => memoryNodes.id, { onDelete: "set null" }),
    kind: nodeKind("kind").notNull(),
    content: text("content").notNull(),
    contentHash: text("content_hash").generatedAlwaysAs(sql`md5(content)`),
    embedding: vector("embedding", { dimensions: 768 }),
    keywords: text("keywords").array().notNull().default([]),
    metadata: jsonb("metadata").notNull().default({}),
    importance: real("importance").notNull().default(0.5),
    createdAt: at("created_at").notNull().defaultNow(),
    forgottenAt: at("forgotten_at"),
    degree: integer("degree").notNull().default(0),
  },
  (t) => [
    check("memory_nodes_importance_check", sql`${t.importance} between 0 and 1`),
    index("memory_nodes_embedding_idx").using("hnsw", t.embedding.op("vector_cosine_ops")).with({ m: 12, ef_construction: 40 }),
    index("memory_nodes_keywords_idx").using("gin", t.keywords),
    index("memory_nodes_hash_idx").on(t.contentHash),
    index("memory_nodes_live_idx").on(t.kind, t.createdAt).where(sql`${t.forgottenAt} is null`),
  ],
);

export const memoryEdges = pgTable(
  "memory_edges",
  {
    sourceId: bigint("source_id", { mode: "number" }).notNull().references(() => memoryNodes.id, { onDelete: "cascade" }),
    targetId: bigint("target_id", { mode: "number" }).notNull().references(() => memoryNodes.id, { onDelete: "cascade" }),
    kind: edgeKind("kind").notNull(),
    weight: real("weight").notNull().default(1),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.sourceId, t.targetId, t.kind] }),
    check("memory_edges_no_loop_check", sql`${t.sourceId} <> ${t.targetId}`),
    index("memory_edges_target_idx").on(t.targetId),
  ],
);

export const ruleLinks = pgTable(
  "rule_links",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    nodeId: bigint("node_id", { mode: "number" }).notNull().references(() => memoryNodes.id, { onDelete: "cascade" }),
    /** rulesdb's rules.id: a soft reference, as the two databases share no server. */
    ruleId: bigint("rule_id", { mode: "number" }).notNull(),
    reason: text("reason"),
    confirmed: boolean("confirmed").notNull().default(false),
  },
  (t) => [unique("rule_links_node_rule_unique").on(t.nodeId, t.ruleId), index("rule_links_rule_idx").on(t.ruleId)],
);

/** Who looked at what. No key: the same node may be read twice in one instant. */
export const nodeAccessLog = pgTable(
  "node_access_log",
  {
    nodeId: bigint("node_id", { mode: "number" }).notNull().references(() => memoryNodes.id, { onDelete: "cascade" }),
    sessionId: uuid("session_id"),
    accessedAt: at("accessed_at").notNull().defaultNow(),
    score: real("score"),
  },
  (t) => [index("node_access_log_at_idx").using("brin", t.accessedAt)],
);

/** Nodes that wait for an embedding. Empty at rest, and the seed leaves it so. */
export const embeddingQueue = pgTable("embedding_queue", {
  nodeId: bigint("node_id", { mode: "number" }).primaryKey().references(() => memoryNodes.id, { onDelete: "cascade" }),
  model: text("model").notNull(),
  queuedAt: at("queued_at").notNull().defaultNow(),
});

export const liveNodes = pgView("live_nodes", {
  id: bigint("id", { mode: "number" }),
  kind: nodeKind("kind"),
  content: text("content"),
  degree: integer("degree"),
}).as(sql`select id, kind, content, degree from memory_nodes where forgotten_at is null`);
