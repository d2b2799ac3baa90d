/**
 * A foreign key that references a partitioned table has a part for each partition, on the same table and under a name
 * that the server chose. It counts them in the order in which they came: a copy, where all come at once, may have others.
 */
import { dollarQuoted, literal, qualified } from "./quote.ts";

export interface ReferencedClone {
  readonly name: string;
  /** The partition's. */
  readonly schema: string;
  readonly table: string;
  /** `FOR VALUES FROM (1) TO (10)`. */
  readonly bound: string;
  /** It is a partition of the referenced table itself, not of a partition. */
  readonly direct: boolean;
}

/** The key that the clones are parts of. */
export interface ReferencingKey {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** By the length of their names, then by name: in the order of their numbers. */
  readonly referencedClones: readonly ReferencedClone[];
}

/** Common table expression `referenced (root, clones)`, recursive: each key with such parts, and they. */
export const REFERENCED_CLONES = /* sql */ `
  parts as (
    select k.oid as root, k.oid, k.conrelid, k.confrelid, k.conname, 0 as level
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class r on r.oid = k.confrelid and r.relkind = 'p'
    left join pg_catalog.pg_constraint upper on upper.oid = k.conparentid
    where k.contype = 'f' and (upper.oid is null or upper.conrelid <> k.conrelid)
    union all
    select parts.root, k.oid, k.conrelid, k.confrelid, k.conname, parts.level + 1
    from parts
    join pg_catalog.pg_constraint k on k.conparentid = parts.oid and k.contype = 'f' and k.conrelid = parts.conrelid
  ),
  referenced as (
    select parts.root,
      json_agg(json_build_object('name', parts.conname, 'schema', n.nspname, 'table', c.relname,
          'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'direct', parts.level = 1)
        order by length(parts.conname), parts.conname) as clones
    from parts
    join pg_catalog.pg_class c on c.oid = parts.confrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where parts.level > 0
    group by parts.root
  )`;

/** What gives the parts of a key that was just made the names that they had; nothing where the server has surely chosen them. */
export function cloneNameStatements(key: ReferencingKey, serverVersion: number): readonly string[] {
  return key.referencedClones.length === 0 || isChosenAgain(key, serverVersion) ? [] : [`DO ${dollarQuoted(renaming(key))};`];
}

/**
 * In two steps, by way of names that nothing has: one part's name may be another's until then. What the target has
 * and the source had not (13 and 14 left some out) makes way, too.
 */
function renaming(key: ReferencingKey): string {
  const wanted = key.referencedClones.map((clone) => `(${literal(qualified(clone.schema, clone.table))}, ${literal(clone.name)})`);
  const table = literal(qualified(key.schema, key.table));
  return `
DECLARE
  statement pg_catalog.text;
BEGIN
  FOR statement IN
    WITH RECURSIVE wanted (partition, name) AS (
      VALUES ${wanted.join(", ")}
    ), part AS (
      SELECT k.oid, k.conrelid, k.confrelid, k.conname, false AS cloned
      FROM pg_catalog.pg_constraint k
      WHERE k.conrelid = pg_catalog.to_regclass(${table}) AND k.contype = 'f' AND k.conname = ${literal(key.name)}
      UNION ALL
      SELECT k.oid, k.conrelid, k.confrelid, k.conname, true
      FROM part
      JOIN pg_catalog.pg_constraint k ON k.conparentid = part.oid AND k.contype = 'f' AND k.conrelid = part.conrelid
    ), moved AS (
      SELECT part.conrelid::pg_catalog.regclass AS relation, part.conname AS old, 'key_' || part.oid AS between, wanted.name AS new
      FROM part
      LEFT JOIN wanted ON part.confrelid = pg_catalog.to_regclass(wanted.partition)
      WHERE part.cloned AND CASE WHEN wanted.name IS NULL THEN part.conname IN (SELECT w.name FROM wanted w) ELSE part.conname <> wanted.name END
    )
    SELECT s.text
    FROM (
      SELECT 1 AS step, pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', relation, old, between) AS text FROM moved
      UNION ALL
      SELECT 2, pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', relation, between, new) FROM moved WHERE new IS NOT NULL
    ) s
    ORDER BY s.step
  LOOP
    EXECUTE statement;
  END LOOP;
END
`;
}

/** The longest name that is not cut. */
const NAME_BYTES = 63;

/** Whether the server counts them the same when all come at once: in the order of their bounds. */
function isChosenAgain(key: ReferencingKey, serverVersion: number): boolean {
  const chosen = chosenNames(key, serverVersion);
  const inOrder = key.referencedClones.every((clone, index, clones) => index === 0 || comesBefore(clones[index - 1]!.bound, clone.bound));
  return inOrder && key.referencedClones.every(({ name, direct }, index) => direct && name === chosen[index] && Buffer.byteLength(name) <= NAME_BYTES);
}

/** From 18 on after the key's name, before that after the table's and the columns', where the first takes the name without a number if it is free. */
function chosenNames({ table, columns, name, referencedClones }: ReferencingKey, serverVersion: number): readonly string[] {
  if (serverVersion >= 180_000) return referencedClones.map((_, index) => `${name}_${index + 1}`);
  const usual = [table, ...columns, "fkey"].join("_");
  if (name === usual) return referencedClones.map((_, index) => `${usual}${index + 1}`);
  return referencedClones.map((_, index) => (index === 0 ? usual : `${usual}${index}`));
}

/** Whether one partition's bound is surely below another's. False where that takes more than a look: texts, several columns or values. */
function comesBefore(first: string, second: string): boolean {
  const [one, other] = [beginning(first), beginning(second)];
  // The default partition is the last.
  if (one === null || other === null) return one !== null && second === "DEFAULT";
  return one.length < other.length ? /^\d+$/.test(one + other) : one.length === other.length && one < other;
}

/** A number that is not negative, or a date in ISO's order. Null for anything else. */
function beginning(bound: string): string | null {
  return /^FOR VALUES (?:FROM|IN) \('?(\d+|\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)'?\)(?: TO \(|$)/.exec(bound)?.[1] ?? null;
}
