/**
 * What hangs on a foreign key and is not in its definition: how its clones on partitions are called, what is said of
 * them, which are validated on their own, and which of its triggers somebody switched. It goes with the key, and comes
 * back behind it. A clone is found by the two tables that it joins; the names of triggers hold a number.
 */
import { dollarQuoted, ident, literal } from "../catalog/quote.ts";
import { enableClause, enableState, type EnableState } from "../catalog/relation-fragments.ts";

/** Tables are written as a statement does. */
export interface KeyParts {
  readonly table: string;
  readonly name: string;
  readonly clones: readonly Clone[];
  readonly switched: readonly SwitchedTrigger[];
}

interface Joined {
  readonly child: string;
  readonly parent: string;
}

interface Clone extends Joined {
  /** Null where it comes by itself: as the key's on partitions of the child, with a number on those of the parent. */
  readonly name: string | null;
  readonly comment: string | null;
  /** The key itself is not: then no clone comes so. */
  readonly validated: boolean;
}

interface SwitchedTrigger extends Joined {
  readonly table: string;
  readonly function: string;
  readonly enabled: EnableState;
}

/** A `KeyParts` of the outermost foreign key `k`, as json. */
export const KEY_PARTS = /* sql */ `(
    with recursive tree as (
      select k.oid, k.conrelid, k.confrelid, k.conname, k.convalidated
      union all
      select c.oid, c.conrelid, c.confrelid, c.conname, c.convalidated from pg_catalog.pg_constraint c join tree on c.conparentid = tree.oid),
    clones as (
      select tree.conrelid::pg_catalog.regclass::text as child, tree.confrelid::pg_catalog.regclass::text as parent,
        case when tree.conrelid <> k.conrelid and tree.conname <> k.conname then tree.conname end as name,
        pg_catalog.obj_description(tree.oid, 'pg_constraint') as comment,
        tree.convalidated and not k.convalidated as validated
      from tree where tree.oid <> k.oid),
    switched as (
      select tree.conrelid::pg_catalog.regclass::text as child, tree.confrelid::pg_catalog.regclass::text as parent,
        t.tgrelid::pg_catalog.regclass::text as table, p.proname as function, ${enableState("t.tgenabled")} as enabled
      from tree
      join pg_catalog.pg_trigger t on t.tgconstraint = tree.oid and t.tgenabled <> 'O'
      join pg_catalog.pg_proc p on p.oid = t.tgfoid)
    select json_build_object('table', k.conrelid::pg_catalog.regclass::text, 'name', k.conname,
      'clones', (select coalesce(json_agg(c order by c.child, c.parent), '[]') from clones c where c.name is not null or c.comment is not null or c.validated),
      'switched', (select coalesce(json_agg(s order by s.child, s.parent, s.table, s.function), '[]') from switched s)))`;

/** The statements for behind ADD CONSTRAINT; none for most keys. */
export function putPartsBack(parts: KeyParts): readonly string[] {
  const { clones, switched } = parts;
  const statements: string[] = [];
  if (clones.some(({ name, comment }) => name !== null || comment !== null)) statements.push(renamed(parts));
  if (clones.some(({ validated }) => validated)) statements.push(validatedAgain(parts));
  if (switched.length > 0) statements.push(switchedAgain(parts));
  return statements;
}

function renamed(parts: KeyParts): string {
  return executing(/* sql */ `
    SELECT s.statement
    FROM tree
    JOIN pg_catalog.json_to_recordset(${literal(JSON.stringify(parts.clones))}) w(child text, parent text, name text, comment text)
      ON pg_catalog.to_regclass(w.child) = tree.conrelid AND pg_catalog.to_regclass(w.parent) = tree.confrelid
    CROSS JOIN LATERAL (VALUES
      (1, CASE WHEN w.name <> tree.conname THEN pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', w.child, tree.conname, w.name) END),
      (2, CASE WHEN w.comment IS NOT NULL THEN pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', coalesce(w.name, tree.conname), w.child, w.comment) END)) s(position, statement)
    WHERE s.statement IS NOT NULL
    ORDER BY w.child, w.parent, s.position`, parts);
}

function validatedAgain(parts: KeyParts): string {
  return executing(/* sql */ `
    SELECT pg_catalog.format('ALTER TABLE %s VALIDATE CONSTRAINT %I', w.child, tree.conname)
    FROM tree
    JOIN pg_catalog.json_to_recordset(${literal(JSON.stringify(parts.clones.filter(({ validated }) => validated)))}) w(child text, parent text)
      ON pg_catalog.to_regclass(w.child) = tree.conrelid AND pg_catalog.to_regclass(w.parent) = tree.confrelid`, parts);
}

/** Only a superuser may: for anybody else they stay on, with a warning. */
function switchedAgain(parts: KeyParts): string {
  const switched = parts.switched.map(({ enabled, ...trigger }) => ({ ...trigger, state: enableClause(enabled) }));
  return executing(/* sql */ `
    SELECT pg_catalog.format('ALTER TABLE ONLY %s %s TRIGGER %I', w."table", w.state, t.tgname)
    FROM tree
    JOIN pg_catalog.json_to_recordset(${literal(JSON.stringify(switched))}) w(child text, parent text, "table" text, function text, state text)
      ON pg_catalog.to_regclass(w.child) = tree.conrelid AND pg_catalog.to_regclass(w.parent) = tree.confrelid
    JOIN pg_catalog.pg_trigger t ON t.tgconstraint = tree.oid AND t.tgrelid = pg_catalog.to_regclass(w."table")
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid AND p.proname = w.function`, parts, `
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING '%', ${literal(`the triggers of ${ident(parts.name)} on ${parts.table} stay on: `)} || SQLERRM;`);
}

/** Runs each statement that the query gives; it reads `tree`, the key and its clones. */
function executing(query: string, { table, name }: KeyParts, otherwise = ""): string {
  return `DO ${dollarQuoted(`
DECLARE
  statement pg_catalog.text;
BEGIN
  FOR statement IN
    WITH RECURSIVE tree AS (
      SELECT k.oid, k.conrelid, k.confrelid, k.conname FROM pg_catalog.pg_constraint k
      WHERE k.contype = 'f' AND k.conrelid = pg_catalog.to_regclass(${literal(table)}) AND k.conname = ${literal(name)}
      UNION ALL
      SELECT c.oid, c.conrelid, c.confrelid, c.conname FROM pg_catalog.pg_constraint c JOIN tree ON c.conparentid = tree.oid)
    ${query.trim()}
  LOOP
    EXECUTE statement;
  END LOOP;${otherwise}
END
`)};`;
}
