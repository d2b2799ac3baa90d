/**
 * Rows for rulesdb: deterministic, made on the server by INSERT … SELECT from numbers, so that a million rules need no
 * bytes from here. `outbox` stays empty on purpose.
 */
import { literal } from "../src/catalog/quote.ts";
import { COMMENTS, GLOBS, LANGUAGES, PEOPLE, REASONS, SENTENCES, SLUG_WORDS, TITLE_ENDS, TITLE_STARTS } from "./texts.ts";
import { below, moment, oneIn, oneOf, sentences, uuidOf } from "./values.ts";

export const DEFAULT_ROWS = 40_000;

/** How many rows each table gets for a number of rules. */
interface Sizes {
  readonly rules: number;
  readonly users: number;
  readonly projects: number;
  readonly tags: number;
}

/** projects.id starts at 100, as its identity does. */
const FIRST_PROJECT = 100;

/**
 * Plain SQL statements that fill an empty rulesdb with `rows` rules and about five times as many other rows. They belong into one
 * transaction: constraints are deferred until the last row is in, and a seed that breaks off leaves nothing. The first one refuses
 * a database that has projects already. Default: 40,000 rules.
 */
export function seedStatements(rows: number = DEFAULT_ROWS): string[] {
  const rules = Math.max(10, Math.trunc(rows));
  const sizes: Sizes = { rules, users: Math.max(20, Math.ceil(rules / 80)), projects: Math.max(5, Math.ceil(rules / 200)), tags: Math.max(10, Math.ceil(rules / 300)) };
  return [
    refuseSeeded("projects", "rulesdb"),
    // Compiling these long expressions takes longer than running them, and some builds of the server have no compiler.
    "set local jit = off",
    // User triggers would write a version and an audit event of their own, with today's time, for each seeded row.
    "alter table rules disable trigger user",
    "alter table projects disable trigger user",
    "alter table proposals disable trigger user",
    "set constraints all deferred",
    users(sizes),
    projects(sizes),
    ruleRows(sizes),
    ruleVersions(sizes),
    `update projects p set current_rule_id = r.id from (select project_id, max(id) as id from rules group by project_id) r where r.project_id = p.id`,
    tags(sizes),
    ruleTags(sizes),
    settings(sizes),
    proposals(sizes),
    feedback(sizes),
    ruleFreezes(sizes),
    auditEvents(sizes),
    importLog(sizes),
    legacyImport(sizes),
    // ALTER TABLE is not possible while constraints wait.
    "set constraints all immediate",
    "alter table rules enable trigger user",
    "alter table projects enable trigger user",
    "alter table proposals enable trigger user",
    ...["users", "projects", "rules", "tags", "proposals", "feedback", "rule_freezes", "audit_events"].map(moveSequence),
    "refresh materialized view rule_stats",
    "analyze",
  ];
}

/** A statement that fails, saying why, when the table has rows. */
export function refuseSeeded(table: string, database: string): string {
  const message = `${database} already has rows (in ${table}): seeding it again would mix two sets. Empty it first.`;
  return `do $$ begin if exists (select from ${table}) then raise exception using message = ${literal(message)}, errcode = 'object_not_in_prerequisite_state'; end if; end $$`;
}

/** Moves the sequence behind `id` past the seeded rows, so that the next row of the application does not collide. */
export function moveSequence(table: string): string {
  return `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`;
}

function users({ users: n }: Sizes): string {
  return `
    insert into users (id, handle, email, display_name, kind, last_seen_from, avatar, created_at) overriding system value
    select i,
      'user-' || i,
      case when ${oneIn(3, "i", 1)} then 'User' else 'user' end || i || '@Example.org',
      ${oneOf(PEOPLE, "i", 2)},
      (enum_range(null::actor_kind))[1 + ${below(3, "i", 3)}],
      case ${below(4, "i", 4)} when 0 then null when 1 then ('2001:db8::' || to_hex(i))::inet when 2 then ('10.0.' || i % 256 || '.0/24')::inet else ('192.0.2.' || i % 256)::inet end,
      case ${below(5, "i", 5)} when 0 then ''::bytea when 1 then decode(md5('avatar ' || i), 'hex') end,
      ${moment("2023-01-01", 700, "i", 6)}
    from generate_series(1::bigint, ${n}) i`;
}

function projects({ projects: n, users: people }: Sizes): string {
  return `
    insert into projects (id, key, name, description, languages, settings, budget, owner_id, created_at, updated_at)
    select ${FIRST_PROJECT} - 1 + i,
      'project-' || i,
      'Project ' || i || ' – ' || ${oneOf(TITLE_ENDS, "i", 1)},
      case ${below(4, "i", 2)} when 0 then null when 1 then '' else ${sentences(SENTENCES, 3, "i", 3)} end,
      array(select distinct ${oneOf(LANGUAGES, "i * 7 + k", 4)} from generate_series(1, ${below(4, "i", 5)}) k order by 1),
      jsonb_build_object('strict', ${oneIn(2, "i", 6)}, 'limits', jsonb_build_object('rules', ${below(500, "i", 7)}, 'ratio', ${below(1000, "i", 8)} / 1000.0), 'note', ${oneOf(COMMENTS, "i", 9)}),
      case when ${oneIn(5, "i", 10)} then null else ${below(100_000_000, "i", 11)} / 100.0 end,
      1 + ${below(people, "i", 12)},
      ${moment("2024-01-01", 300, "i", 13)},
      ${moment("2025-01-01", 400, "i", 14)}
    from generate_series(1::bigint, ${n}) i`;
}

function ruleRows({ rules: n, projects: homes, users: people }: Sizes): string {
  return `
    insert into rules (id, uid, project_id, parent_rule_id, author_id, slug, title, body, rationale, status, severity, applies_to, metadata,
      weight, position, current_version_id, created_at, updated_at, retired_at, lines, confidence) overriding system value
    select i,
      ${uuidOf("rule", "i")},
      ${FIRST_PROJECT} + least(${below(homes, "i", 1)}, ${below(homes, "i", 2)}),
      case when ${oneIn(3, "i", 3)} then nullif(1 + ${below(n, "i", 4)}, i) end,
      case when ${oneIn(9, "i", 5)} then null else 1 + ${below(people, "i", 6)} end,
      ${oneOf(SLUG_WORDS, "i", 7)} || '-' || i,
      ${titleOf("i")},
      ${bodyOf("i")},
      case ${below(3, "i", 20)} when 0 then null when 1 then '' else ${sentences(SENTENCES, 2, "i", 21)} end,
      (enum_range(null::rule_status))[1 + status],
      (enum_range(null::severity))[1 + ${below(3, "i", 23)}],
      case when ${oneIn(4, "i", 24)} then '{}' else array[${oneOf(GLOBS, "i", 25)}, ${oneOf(GLOBS, "i", 26)}] end,
      jsonb_build_object('source', ${oneOf(REASONS, "i", 27)}, 'score', ${below(10_000, "i", 28)} / 100.0, 'flags', jsonb_build_array(${oneIn(2, "i", 29)}, null, ${below(9, "i", 30)})),
      ${below(5000, "i", 31)} / 1000.0,
      case when ${oneIn(10, "i", 32)} then null else i end,
      case when ${oneIn(30, "i", 33)} then null else ${uuidOf("version", `i || '/' || ${versionsOf("i")}`)} end,
      ${moment("2024-06-01", 365, "i", 34)},
      ${moment("2025-06-01", 180, "i", 35)},
      case when status = 2 then ${moment("2025-12-01", 30, "i", 36)} end,
      case ${below(4, "i", 37)} when 0 then null when 1 then 'empty'::int4range when 2 then int4range(${below(500, "i", 38)}::int, null) else int4range(${below(50, "i", 39)}::int, (50 + ${below(50, "i", 40)})::int, '[]') end,
      case when ${oneIn(4, "i", 41)} then null else ${below(1_000_000, "i", 42)} / 1000000.0 end
    from (select i, case when ${oneIn(8, "i", 43)} then 0 when ${oneIn(10, "i", 44)} then 2 else 1 end as status from generate_series(1::bigint, ${n}) i) numbers`;
}

function ruleVersions({ rules: n, users: people }: Sizes): string {
  return `
    insert into rule_versions (id, rule_id, number, title, body, reason, span, digest, author_id, created_at)
    select ${uuidOf("version", "i || '/' || number")},
      i,
      number,
      ${titleOf("i * 3 + number")},
      ${bodyOf("i * 3 + number")},
      case when number = 1 then null else ${oneOf(REASONS, "i", 1)} end,
      case ${below(3, "i", 2)} when 0 then null when 1 then row('src/' || ${oneOf(GLOBS, "i", 3)}, number, number + ${below(80, "i", 4)})::source_span else row('a "file", (odd)', null, 1)::source_span end,
      decode(md5('digest ' || i || '/' || number), 'hex'),
      case when ${oneIn(9, "i", 5)} then null else 1 + ${below(people, "i + number", 6)} end,
      ${moment("2024-06-01", 500, "i * 3 + number", 7)}
    from generate_series(1::bigint, ${n}) i, lateral generate_series(1, ${versionsOf("i")}::int) number`;
}

function tags({ tags: n, projects: homes }: Sizes): string {
  return `
    insert into tags (id, project_id, name, color)
    select i,
      case when ${oneIn(3, "i", 1)} then null else ${FIRST_PROJECT} + ${below(homes, "i", 2)} end,
      ${oneOf(SLUG_WORDS, "i", 3)} || ' ' || i,
      '#' || substr(md5('color ' || i), 1, 6)
    from generate_series(1::bigint, ${n}) i`;
}

function ruleTags({ rules: n, tags: labels }: Sizes): string {
  return `
    insert into rule_tags (rule_id, tag_id, added_at)
    select distinct on (i, tag) i, tag, ${moment("2025-01-01", 300, "i * 5 + k", 1)}
    from generate_series(1::bigint, ${n}) i, lateral generate_series(1, ${below(4, "i", 2)}) k, lateral (select 1 + ${below(labels, "i * 5 + k", 3)} as tag) pick
    order by i, tag, k`;
}

function settings({ projects: n }: Sizes): string {
  return `
    insert into settings (scope, key, value, updated_at)
    select case when i = 0 then '' else 'project-' || i end,
      key,
      case ${below(4, "i + length(key)", 1)} when 0 then null when 1 then 'null'::jsonb when 2 then to_jsonb(${oneOf(SENTENCES, "i", 2)}) else jsonb_build_array(${below(100, "i", 3)}, 1e40::numeric) end,
      ${moment("2025-01-01", 300, "i", 4)}
    from generate_series(0::bigint, ${n}) i, unnest(array['theme', 'max rules', 'locale']) key`;
}

function proposals({ rules, projects: homes, users: people }: Sizes): string {
  const n = Math.ceil(rules / 4);
  return `
    insert into proposals (id, project_id, rule_id, superseded_by, proposed_by, status, title, patch, votes, created_at, decided_at)
    select i,
      ${FIRST_PROJECT} + ${below(homes, "i", 1)},
      case when ${oneIn(4, "i", 2)} then null else 1 + ${below(rules, "i", 3)} end,
      case when status = 3 then nullif(1 + ${below(n, "i", 4)}, i) end,
      1 + ${below(people, "i", 5)},
      (enum_range(null::proposal_status))[1 + status],
      ${titleOf("i")},
      '--- a/rule' || E'\\n+++ b/rule\\n-' || ${oneOf(SENTENCES, "i", 6)} || E'\\n+' || ${oneOf(SENTENCES, "i", 7)},
      array(select case when ${oneIn(6, "i * 11 + k", 8)} then null else (${below(3, "i * 11 + k", 9)} - 1)::int end from generate_series(1, ${below(6, "i", 10)}) k),
      ${moment("2025-01-01", 200, "i", 11)},
      case when status > 0 then ${moment("2025-08-01", 100, "i", 12)} end
    from (select i, ${below(4, "i", 13)} as status from generate_series(1::bigint, ${n}) i) numbers`;
}

function feedback({ rules: n, users: people }: Sizes): string {
  return `
    insert into feedback (id, rule_id, user_id, kind, rating, comment, context, sent_from, created_at)
    select i,
      1 + ${below(n, "i", 1)},
      case when ${oneIn(4, "i", 2)} then null else 1 + ${below(people, "i", 3)} end,
      (enum_range(null::feedback_kind))[1 + ${below(4, "i", 4)}],
      case when ${oneIn(3, "i", 5)} then null else 1 + ${below(5, "i", 6)} end,
      case when ${oneIn(2, "i", 7)} then null else ${oneOf(COMMENTS, "i", 8)} end,
      case when ${oneIn(3, "i", 9)} then null else jsonb_build_object('file', ${oneOf(GLOBS, "i", 10)}, 'line', ${below(2000, "i", 11)}) end,
      case when ${oneIn(2, "i", 12)} then null else ('203.0.113.' || i % 256)::inet end,
      timestamptz '2025-01-01 00:00:00+00' + i * interval '1 minute'
    from generate_series(1::bigint, ${n}) i`;
}

/** Each frozen rule has at most one freeze that never ends, so that none overlap. */
function ruleFreezes({ rules: n }: Sizes): string {
  return `
    insert into rule_freezes (id, rule_id, during, reason)
    select row_number() over (order by i, k), i,
      case k when 1 then tstzrange('-infinity', '2025-01-01 00:00:00+00') when 2 then tstzrange('2025-02-01 00:00:00+00', '2025-03-01 12:30:00.000001+00', '[]') else tstzrange('2025-12-01 00:00:00+00', null, '()') end,
      nullif(${oneOf(REASONS, "i * 3 + k", 1)}, 'typo')
    from generate_series(1::bigint, ${n}, 100) i, generate_series(1, 3) k`;
}

function auditEvents({ rules, users: people }: Sizes): string {
  return `
    insert into audit_events (id, at, actor_id, action, target_table, target_id, details)
    select i,
      ${moment("2023-10-01", 1000, "i", 1)},
      case when ${oneIn(5, "i", 2)} then null else 1 + ${below(people, "i", 3)} end,
      ${oneOf(["insert", "update", "delete", "login", "export"], "i", 4)},
      ${oneOf(["rules", "projects", "proposals", "Legacy Import"], "i", 5)},
      case when ${oneIn(7, "i", 6)} then null else 1 + ${below(rules, "i", 7)} end,
      case when ${oneIn(2, "i", 8)} then null else jsonb_build_object('before', ${oneOf(COMMENTS, "i", 9)}, 'after', ${oneOf(COMMENTS, "i", 10)}) end
    from generate_series(1::bigint, ${Math.ceil(rules * 0.75)}) i`;
}

/** Whole rows repeat: the time is coarse and the texts are few. */
function importLog({ rules }: Sizes): string {
  return `
    insert into import_log (logged_at, source, line, ok)
    select timestamptz '2025-03-01 00:00:00+00' + (i / 50) * interval '1 hour', 'cli', case when ${oneIn(5, "i", 1)} then null else ${oneOf(COMMENTS, "i", 2)} end, ${oneIn(3, "i", 3)}
    from generate_series(1::bigint, ${Math.ceil(rules / 5)}) i`;
}

function legacyImport({ rules }: Sizes): string {
  return `
    insert into "Legacy Import" ("order", "Mixed Case", "größe", "select", "100%")
    select i, ${oneOf(PEOPLE, "i", 1)}, case ${below(5, "i", 2)} when 0 then null when 1 then 'NaN' when 2 then '-Infinity' else ('1e' || (i % 60) - 30)::numeric end, ${oneIn(2, "i", 3)}, ${oneOf(COMMENTS, "i", 4)}
    from generate_series(1::bigint, ${Math.ceil(rules / 100)}) i`;
}

function titleOf(of: string): string {
  return `${oneOf(TITLE_STARTS, of, 101)} || ' ' || ${oneOf(TITLE_ENDS, of, 102)}`;
}

/** Two to five sentences, some on lines of their own, and a reference that makes each body its own. */
function bodyOf(of: string): string {
  return `${sentences(SENTENCES, 2, of, 103)} || case when ${oneIn(2, of, 105)} then E'\\n\\n' || ${sentences(SENTENCES, 3, of, 106)} else '' end || ' #' || (${of})`;
}

/** One or two versions of a rule. */
function versionsOf(of: string): string {
  return `(1 + ${below(2, of, 110)})`;
}
