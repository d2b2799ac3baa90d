/**
 * What an object of the catalog is and what a kind must be able to do. One kind = one file in kinds/, holding
 * its type, its one query for the whole database, its reader and its DDL. The registry in catalog.ts is a mapped
 * type over `Kind`: a kind that lacks a module or a sort priority does not compile.
 */
import type { Session } from "../session/session.ts";
import type { Section } from "../section.ts";
import type { KindObjects } from "./catalog.ts";

/** Every kind of object that is modelled. Adding one: a file in kinds/, a line in catalog.ts, a line in order/priority.ts. */
export type Kind = keyof KindObjects;
/** Any object of any kind: a union that narrows on `kind`. */
export type AnyObject = KindObjects[Kind];

export type { Section } from "../section.ts";

/** A row of a system catalog, as pg_depend names it: `pg_class/16412`. */
export type Key = `${string}/${number}`;

export function keyOf(catalog: string, oid: number): Key {
  return `${catalog}/${oid}`;
}

export interface CatalogObject {
  readonly kind: string;
  readonly key: Key;
  /** Other catalog rows that stand for this object in pg_depend: its row type, its array type, a view's ON SELECT rule … */
  readonly aliases?: readonly Key[];
  /** Objects that must be created earlier and that pg_depend does not tell of, or not in this direction. */
  readonly needs?: readonly Key[];
  /** The namespace it lives in, null for kinds that live in none. */
  readonly schema: string | null;
  /** Its own name, unquoted. For functions the bare name; `signature` makes it unique. */
  readonly name: string;
  /** What else makes it unique and sorts it within its kind: a function's argument types, a trigger's table … */
  readonly signature?: string;
  /** Null for kinds that have no owner. */
  readonly owner: string | null;
  /** Null for kinds without privileges, and where nothing differs from the default. */
  readonly acl?: Acl | null;
}

/** Privileges as the server keeps them: texts of `aclitem`. */
export interface Acl {
  readonly actual: readonly string[];
  /** What a fresh object has: `pg_init_privs` where an extension or initdb set them, else `acldefault(…)`. */
  readonly base: readonly string[];
}

/** What the arrangement (order/) decided about objects that can be written in two ways. */
export interface DdlContext {
  /** Defaults, checks and ON SELECT rules that are *not* part of their table's, domain's or view's CREATE. */
  readonly separate: ReadonlySet<Key>;
  /** The source's `server_version_num`. */
  readonly serverVersion: number;
}

export interface KindModule<T extends CatalogObject> {
  readonly section: Section;
  /** Reads every object of the kind in the database, members of extensions included, in the order of natural keys. */
  read(session: Session): Promise<readonly T[]>;
  /**
   * The statements that create it, each ending in `;`, without owner, privileges and comment.
   * Empty when the object is already part of another's CREATE (an inline default, an inline check).
   */
  create(object: T, context: DdlContext): readonly string[];
  /** The statement that drops it, with IF EXISTS; null when it goes with another object. */
  drop(object: T): string | null;
  /** How COMMENT ON, ALTER … OWNER TO and GRANT name it: `TABLE public.rules`, `FUNCTION public.f(integer)`, `TRIGGER t ON public.rules`. */
  address(object: T): string;
  /** How GRANT names it, where `address` will not do: an aggregate is a FUNCTION there. */
  grantAddress?(object: T): string;
}
