/**
 * What the rows of a COPY stream hold. This room knows rows, fields and types as bytes: it splits a stream into
 * rows, turns binary fields into the very text that the server would have printed, prints CSV and JSON lines, and
 * takes digests of sets of rows. It promises that a type is called safe for binary only when its fields mean the
 * same in every database and every server version. It holds no connection, no archive and no catalog.
 */
import { BUILT_IN, OF_EXTENSIONS } from "./types/registry.ts";

/** What the catalog reads for a column's type. */
export interface TypeFacts {
  readonly typeSchema: string;
  readonly typeName: string;
  /** `pg_type.typtype`: base, composite, domain, enum, range, multirange, pseudo. */
  readonly typeKind: "b" | "c" | "d" | "e" | "r" | "m" | "p";
  /** The extension that the type is a member of. */
  readonly extension: string | null;
  /** Of true arrays only: what the elements are. */
  readonly element: TypeFacts | null;
  /** Of domains only: what they are based on. */
  readonly base: TypeFacts | null;
}

/**
 * The name of what a column's binary field holds (`int4`, `text`, `enum`, `int4[]` …), or null where only text is
 * safe: types that send OIDs or names of objects, composites, types that are not registered here.
 */
export function wireOf(type: TypeFacts): string | null {
  // A domain is sent as its base. Its constraints are checked when it is received.
  if (type.typeKind === "d") return type.base === null ? null : wireOf(type.base);
  // The label is sent, so the OIDs of the values do not matter.
  if (type.typeKind === "e") return "enum";
  if (type.typeSchema === "pg_catalog" && ARRAYS_IN_DISGUISE.has(type.typeName)) return null;
  // array_send tells the element's OID, which is the same on every server for built-in types only.
  if (type.element !== null) return isBuiltIn(type.element) ? `${type.element.typeName}[]` : null;
  if (isBuiltIn(type)) return type.typeName;
  if (type.extension === null || !Object.hasOwn(OF_EXTENSIONS, type.extension)) return null;
  const wires = OF_EXTENSIONS[type.extension];
  return wires !== undefined && Object.hasOwn(wires, type.typeName) ? (wires[type.typeName] ?? null) : null;
}

/** Sent like arrays, with elements of their own in pg_type, but printed without braces. */
const ARRAYS_IN_DISGUISE: ReadonlySet<string> = new Set(["int2vector", "oidvector"]);

function isBuiltIn(type: TypeFacts): boolean {
  return type.typeSchema === "pg_catalog" && type.extension === null && type.element === null && "brm".includes(type.typeKind) && BUILT_IN.has(type.typeName);
}
