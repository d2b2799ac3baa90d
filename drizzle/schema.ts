/**
 * rulesdb: the coding rules that assistants follow, with their versions, proposals and feedback. Only what
 * drizzle-kit can express stands here; domains, the composite type, triggers, the partitioned `audit_events`,
 * deferrable and exclusion constraints and comments are in the custom migrations (0000 and 0003).
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  inet,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgMaterializedView,
  pgPolicy,
  pgTable,
  pgView,
  primaryKey,
  real,
  serial,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });
const tstzrange = customType<{ data: string }>({ dataType: () => "tstzrange" });
const int4range = customType<{ data: string }>({ dataType: () => "int4range" });
/** The domain of migration 0000: lower case, digits and single dashes. */
const slug = customType<{ data: string }>({ dataType: () => "slug" });
/** The composite type of migration 0000: a file with a first and a last line. */
const sourceSpan = customType<{ data: string }>({ dataType: () => "source_span" });

const at = (name: string) => timestamp(name, { withTimezone: true });

export const actorKind = pgEnum("actor_kind", ["human", "assistant", "system"]);
export const ruleStatus = pgEnum("rule_status", ["draft", "active", "retired"]);
export const severity = pgEnum("severity", ["info", "warning", "error"]);
export const proposalStatus = pgEnum("proposal_status", ["open", "accepted", "rejected", "superseded"]);
export const feedbackKind = pgEnum("feedback_kind", ["helpful", "unclear", "wrong", "ignored"]);

export const users = pgTable(
  "users",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    handle: slug("handle").notNull().unique(),
    email: text("email").notNull(),
    displayName: text("display_name").notNull(),
    kind: actorKind("kind").notNull().default("human"),
    lastSeenFrom: inet("last_seen_from"),
    avatar: bytea("avatar"),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (t) => [uniqueIndex("users_email_lower_idx").on(sql`lower(${t.email})`)],
);

export const projects = pgTable(
  "projects",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity({ startWith: 100, increment: 1 }),
    key: slug("key").notNull().unique(),
    name: text("name").notNull(),
    description: text("description"),
    languages: text("languages").array().notNull().default([]),
    settings: jsonb("settings").notNull().default({}),
    budget: numeric("budget", { precision: 12, scale: 2 }),
    ownerId: bigint("owner_id", { mode: "number" }).notNull().references(() => users.id),
    /** Half of a foreign-key loop: the rule shown first, one of the project's own rules. */
    currentRuleId: bigint("current_rule_id", { mode: "number" }).references((): AnyPgColumn => rules.id, { onDelete: "set null" }),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (t) => [
    unique("projects_owner_name_unique").on(t.ownerId, t.name),
    check("projects_budget_check", sql`${t.budget} >= 0`),
    index("projects_languages_idx").using("gin", t.languages),
  ],
);

export const rules = pgTable(
  "rules",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    uid: uuid("uid").notNull().unique().defaultRandom(),
    projectId: bigint("project_id", { mode: "number" }).notNull().references(() => projects.id, { onDelete: "cascade" }),
    parentRuleId: bigint("parent_rule_id", { mode: "number" }),
    authorId: bigint("author_id", { mode: "number" }).references(() => users.id, { onDelete: "set null" }),
    slug: slug("slug").notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    rationale: text("rationale"),
    status: ruleStatus("status").notNull().default("draft"),
    severity: severity("severity").notNull().default("warning"),
    appliesTo: text("applies_to").array().notNull().default(sql`'{**/*}'::text[]`),
    metadata: jsonb("metadata").notNull().default({}),
    weight: numeric("weight", { precision: 6, scale: 3 }).notNull().default("1.000"),
    /** Where the rule stands in its project; unique by migration 0003, which defers it so that two rules can swap. */
    position: integer("position"),
    /** The other half of a loop with rule_versions; made deferrable by migration 0003. */
    currentVersionId: uuid("current_version_id").references((): AnyPgColumn => ruleVersions.id, { onDelete: "set null" }),
    createdAt: at("created_at").notNull().defaultNow(),
    updatedAt: at("updated_at").notNull().defaultNow(),
    retiredAt: at("retired_at"),
    search: tsvector("search").generatedAlwaysAs(sql`to_tsvector('english'::regconfig, title || ' ' || body)`),
    lines: int4range("lines"),
    confidence: real("confidence"),
  },
  (t) => [
    foreignKey({ name: "rules_parent_rule_id_fk", columns: [t.parentRuleId], foreignColumns: [t.id] }).onDelete("set null"),
    unique("rules_project_slug_unique").on(t.projectId, t.slug),
    check("rules_title_check", sql`${t.title} <> ''`),
    check("rules_retired_check", sql`(${t.status} = 'retired') = (${t.retiredAt} is not null)`),
    check("rules_not_own_parent_check", sql`${t.parentRuleId} <> ${t.id}`),
    index("rules_active_idx").on(t.projectId, t.severity).where(sql`${t.status} = 'active'`),
    index("rules_title_lower_idx").on(sql`lower(${t.title})`),
    index("rules_metadata_idx").using("gin", t.metadata.op("jsonb_path_ops")),
    index("rules_search_idx").using("gin", t.search),
    index("rules_parent_idx").on(t.parentRuleId),
    index("rules_updated_idx").on(t.updatedAt.desc().nullsLast(), t.id),
    check("rules_confidence_check", sql`${t.confidence} between 0 and 1`),
  ],
);

export const ruleVersions = pgTable(
  "rule_versions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    ruleId: bigint("rule_id", { mode: "number" }).notNull().references(() => rules.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    reason: text("reason"),
    span: sourceSpan("span"),
    digest: bytea("digest").notNull(),
    authorId: bigint("author_id", { mode: "number" }).references(() => users.id, { onDelete: "set null" }),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (t) => [unique("rule_versions_rule_number_unique").on(t.ruleId, t.number), check("rule_versions_number_check", sql`${t.number} > 0`)],
);

export const tags = pgTable(
  "tags",
  {
    id: serial("id").primaryKey(),
    /** Null: a tag for every project. */
    projectId: bigint("project_id", { mode: "number" }).references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    color: text("color").notNull().default("#808080"),
  },
  (t) => [unique("tags_project_name_unique").on(t.projectId, t.name).nullsNotDistinct(), check("tags_color_check", sql`${t.color} ~ '^#[0-9a-f]{6}$'`)],
);

export const ruleTags = pgTable(
  "rule_tags",
  {
    ruleId: bigint("rule_id", { mode: "number" }).notNull().references(() => rules.id, { onDelete: "cascade" }),
    tagId: integer("tag_id").notNull().references(() => tags.id, { onDelete: "cascade" }),
    addedAt: at("added_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.ruleId, t.tagId] }), index("rule_tags_tag_idx").on(t.tagId)],
);

export const settings = pgTable(
  "settings",
  {
    scope: text("scope").notNull(),
    key: text("key").notNull(),
    value: jsonb("value"),
    updatedAt: at("updated_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.key] })],
);

export const proposals = pgTable(
  "proposals",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    projectId: bigint("project_id", { mode: "number" }).notNull().references(() => projects.id, { onDelete: "cascade" }),
    /** Null: a proposal for a new rule. */
    ruleId: bigint("rule_id", { mode: "number" }).references(() => rules.id, { onDelete: "set null" }),
    supersededBy: bigint("superseded_by", { mode: "number" }),
    proposedBy: bigint("proposed_by", { mode: "number" }).notNull().references(() => users.id),
    status: proposalStatus("status").notNull().default("open"),
    title: text("title").notNull(),
    patch: text("patch").notNull(),
    votes: integer("votes").array().notNull().default([]),
    createdAt: at("created_at").notNull().defaultNow(),
    decidedAt: at("decided_at"),
  },
  (t) => [
    check("proposals_decided_check", sql`(${t.status} = 'open') = (${t.decidedAt} is null)`),
    index("proposals_open_idx").on(t.projectId, t.createdAt).where(sql`${t.status} = 'open'`),
    pgPolicy("proposals_read", { for: "select", to: "public", using: sql`true` }),
    pgPolicy("proposals_write_open", { for: "update", to: "public", using: sql`status = 'open'`, withCheck: sql`votes is not null` }),
  ],
);

export const feedback = pgTable(
  "feedback",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity(),
    ruleId: bigint("rule_id", { mode: "number" }).notNull().references(() => rules.id, { onDelete: "cascade" }),
    userId: bigint("user_id", { mode: "number" }).references(() => users.id, { onDelete: "set null" }),
    kind: feedbackKind("kind").notNull(),
    rating: smallint("rating"),
    comment: text("comment"),
    context: jsonb("context"),
    sentFrom: inet("sent_from"),
    createdAt: at("created_at").notNull().defaultNow(),
  },
  (t) => [
    check("feedback_rating_check", sql`${t.rating} between 1 and 5`),
    index("feedback_rule_idx").on(t.ruleId, t.createdAt),
    index("feedback_created_idx").using("brin", t.createdAt),
  ],
);

/** When a rule may not be changed. Migration 0003 forbids two freezes of one rule that overlap. */
export const ruleFreezes = pgTable("rule_freezes", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity(),
  ruleId: bigint("rule_id", { mode: "number" }).notNull().references(() => rules.id, { onDelete: "cascade" }),
  during: tstzrange("during").notNull(),
  reason: text("reason"),
});

export const activeRules = pgView("active_rules", {
  id: bigint("id", { mode: "number" }),
  projectKey: text("project_key"),
  slug: text("slug"),
  title: text("title"),
  severity: severity("severity"),
  version: integer("version"),
}).as(sql`
  select r.id, p.key as project_key, r.slug, r.title, r.severity, v.number as version
  from rules r
  join projects p on p.id = r.project_id
  left join rule_versions v on v.id = r.current_version_id
  where r.status = 'active'`);

export const ruleStats = pgMaterializedView("rule_stats", {
  ruleId: bigint("rule_id", { mode: "number" }),
  feedbackCount: bigint("feedback_count", { mode: "number" }),
  averageRating: numeric("average_rating"),
}).as(sql`
  select r.id as rule_id, count(f.id) as feedback_count, round(avg(f.rating), 2) as average_rating
  from rules r
  left join feedback f on f.rule_id = r.id
  group by r.id`);

/** What importers said, line by line. No key at all, and lines do repeat. */
export const importLog = pgTable("import_log", {
  loggedAt: at("logged_at").notNull(),
  source: text("source").notNull(),
  line: text("line"),
  ok: boolean("ok").notNull(),
});

/** Names as the old tool wrote them; kept so that its exports still load. */
export const legacyImport = pgTable(
  "Legacy Import",
  {
    order: integer("order").primaryKey(),
    mixedCase: text("Mixed Case").notNull(),
    size: numeric("größe"),
    select: boolean("select").notNull().default(false),
    percent: text("100%"),
  },
  (t) => [index("Legacy Import by Mixed Case").on(t.mixedCase)],
);

/** Messages that wait to be sent. Empty at rest, and the seed leaves it so. */
export const outbox = pgTable("outbox", {
  id: uuid("id").primaryKey().defaultRandom(),
  topic: text("topic").notNull(),
  payload: jsonb("payload").notNull(),
  createdAt: at("created_at").notNull().defaultNow(),
});
