/**
 * Which object needs which: `pg_depend`, read once, lifted from rows of system catalogs to objects. Rows that are
 * no object of ours (an operator class, a vector's array type) are walked through to what they need themselves.
 */
import type { Session } from "../session/session.ts";
import { FIRST_NORMAL_OBJECT_ID } from "./fragments.ts";
import type { AnyObject, Key, Kind } from "./kind.ts";
import { canBeAdded } from "./not-ours.ts";
import { ident, qualified } from "./quote.ts";

export interface Links {
  /** The objects that are not members of an extension, in the given order. */
  readonly objects: readonly AnyObject[];
  readonly byKey: ReadonlyMap<Key, AnyObject>;
  readonly edges: ReadonlyMap<Key, readonly Key[]>;
  readonly dependsOnExtension: ReadonlyMap<Key, readonly string[]>;
  /** Objects that came with an extension → the extension. */
  readonly members: ReadonlyMap<Key, Key>;
  /** What may have been added to a member by the user → the extension. They are objects all the same. */
  readonly additions: ReadonlyMap<Key, Key>;
  /** The object that a catalog row is or stands for, members included; undefined when there is none. */
  objectAt(key: Key): AnyObject | undefined;
}

interface Dependency {
  readonly key: Key;
  readonly needs: readonly Key[];
  /** Those of `needs` that it is dropped with. */
  readonly parents: readonly Key[] | null;
  readonly extensions: readonly string[] | null;
}

// Everything but pinned rows ('p', gone since 14) and membership ('e', which the kind "extension" reads).
// Columns count as their table: objsubid is ignored. Schema public is the one row below 16384 that matters. A partition's
// part of a foreign key ('P') is turned around by its kind: where it is written at all, the whole key finds and takes it.
const DEPENDENCIES = /* sql */ `
  select d.classid::pg_catalog.regclass::text || '/' || d.objid as key,
         array_agg(distinct d.refclassid::pg_catalog.regclass::text || '/' || d.refobjid) as needs,
         array_agg(distinct d.refclassid::pg_catalog.regclass::text || '/' || d.refobjid) filter (where d.deptype in ('a', 'i')) as parents,
         array_agg(distinct x.extname::text) filter (where d.deptype = 'x') as extensions
  from pg_catalog.pg_depend d
  left join pg_catalog.pg_extension x on d.deptype = 'x' and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and x.oid = d.refobjid
  left join pg_catalog.pg_constraint part on d.deptype = 'P' and d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and part.oid = d.objid and part.contype = 'f'
  where d.deptype not in ('p', 'e') and part.oid is null and d.objid >= ${FIRST_NORMAL_OBJECT_ID}
    and (d.refobjid >= ${FIRST_NORMAL_OBJECT_ID} or d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
  group by d.classid, d.objid`;

/** Kinds that are part of another object: on a member of an extension, they came with the extension too. */
const PARTS: ReadonlySet<Kind> = new Set<Kind>([
  "default", "check", "constraint", "foreign-key", "index", "index-attach", "table-attach", "sequence-owner", "identity",
  "rule", "trigger", "policy", "row-security", "domain-constraint",
]);

/** Reads the dependencies of the objects found, and takes the members of extensions out. */
export async function linkObjects(session: Session, found: readonly AnyObject[]): Promise<Links> {
  const rows = await session.query<Dependency>(DEPENDENCIES);
  return link(found, new Map(rows.map((row) => [row.key, row])));
}

function link(found: readonly AnyObject[], dependencies: ReadonlyMap<Key, Dependency>): Links {
  const owners = ownersOf(found);
  const { members, additions } = membersOf(found, owners, dependencies);
  const objects = found.filter((object) => !members.has(object.key));

  const liftOne = (key: Key): Key | undefined => {
    const owner = owners.get(key)?.key;
    return owner === undefined ? members.get(key) : (members.get(owner) ?? owner);
  };
  const lift = lifter(liftOne, dependencies);

  const edges = new Map<Key, readonly Key[]>();
  const dependsOnExtension = new Map<Key, readonly string[]>();
  for (const object of objects) {
    // An extension stands for its members, but needs only what it says itself.
    const rows = object.kind === "extension" ? [object.key] : [object.key, ...(object.aliases ?? [])];
    const needed = new Set<Key>();
    for (const key of rows) for (const other of dependencies.get(key)?.needs ?? []) lift(other, needed);
    for (const other of object.needs ?? []) lift(other, needed);
    needed.delete(object.key);
    if (needed.size > 0) edges.set(object.key, [...needed]);
    // A constraint cannot go with an extension, but its index can.
    const told = object.kind === "constraint" ? rows : [object.key];
    const extensions = told.flatMap((key) => dependencies.get(key)?.extensions ?? []);
    if (extensions.length > 0) dependsOnExtension.set(object.key, extensions);
  }
  const byKey = new Map(objects.map((object) => [object.key, object]));
  return { objects, byKey, edges, dependsOnExtension, members, additions, objectAt: (key) => owners.get(key) };
}

/** Each catalog row that is an object or stands for one. An object's own key wins over another's alias. */
function ownersOf(found: readonly AnyObject[]): ReadonlyMap<Key, AnyObject> {
  const owners = new Map<Key, AnyObject>();
  for (const object of found) {
    if (object.kind === "extension") continue;
    for (const alias of object.aliases ?? []) owners.set(alias, object);
  }
  for (const object of found) owners.set(object.key, object);
  return owners;
}

/**
 * Members as pg_depend tells, then the parts of members: an index of a member is not a member by pg_depend, whether
 * the extension's script made it or a user.
 */
function membersOf(found: readonly AnyObject[], owners: ReadonlyMap<Key, AnyObject>, dependencies: ReadonlyMap<Key, Dependency>): Pick<Links, "members" | "additions"> {
  const members = new Map<Key, Key>();
  const additions = new Map<Key, Key>();
  for (const object of found) {
    if (object.kind === "extension") for (const member of object.aliases ?? []) members.set(member, object.key);
  }
  if (members.size === 0) return { members, additions };
  for (const object of found) {
    if (!PARTS.has(object.kind)) continue;
    const parents = dependencies.get(object.key)?.parents ?? (object.needs ?? []).slice(0, 1);
    for (const parent of parents) {
      const extension = members.get(owners.get(parent)?.key ?? parent);
      if (extension !== undefined) (canBeAdded(object) ? additions : members).set(object.key, extension);
    }
  }
  return { members, additions };
}

/** Adds to `into` the objects that `key` stands for, walking through rows that are no objects. */
function lifter(liftOne: (key: Key) => Key | undefined, dependencies: ReadonlyMap<Key, Dependency>): (key: Key, into: Set<Key>) => void {
  const walked = new Map<Key, ReadonlySet<Key>>();
  return (key, into) => {
    const known = liftOne(key);
    if (known !== undefined) {
      into.add(known);
      return;
    }
    let reached = walked.get(key);
    if (reached === undefined) walked.set(key, (reached = walk(key)));
    for (const other of reached) into.add(other);
  };

  function walk(start: Key): ReadonlySet<Key> {
    const reached = new Set<Key>();
    const seen = new Set<Key>([start]);
    // Iterating a set also visits what is added on the way.
    for (const key of seen) {
      for (const other of dependencies.get(key)?.needs ?? []) {
        const known = liftOne(other);
        if (known === undefined) seen.add(other);
        else reached.add(known);
      }
    }
    return reached;
  }
}

/** `ALTER … DEPENDS ON EXTENSION` for an object that goes when an extension goes. */
export function dependsOnExtensionStatements(object: AnyObject, objectAddress: string, extensions: readonly string[]): readonly string[] {
  const address = dependentAddress(object, objectAddress);
  return extensions.map((extension) => `ALTER ${address} DEPENDS ON EXTENSION ${ident(extension)};`);
}

/** A constraint by its index. An aggregate is a ROUTINE here, which knows neither `*` nor ORDER BY among arguments. */
function dependentAddress(object: AnyObject, address: string): string {
  if (object.kind === "constraint") return `INDEX ${qualified(object.schema, object.name)}`;
  if (object.kind !== "aggregate") return address;
  return address.replace("AGGREGATE ", "ROUTINE ").replace(/\(\*\)$/, "()").replace(" ORDER BY ", ", ");
}
