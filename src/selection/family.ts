/** Who inherits from whom, by name: `--table-and-children` means a table with its inheritance children and partitions, at any distance. */
import type { Json } from "../archive/toc.ts";

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export interface Heir extends RelationName {
  /** What it inherits from directly, or is a partition of. */
  readonly parents: readonly RelationName[];
}

/** Gives everything that a relation inherits from. */
export type Family = (schema: string, name: string) => readonly RelationName[];

export function familyOf(heirs: Iterable<Heir>): Family {
  const parents = new Map<string, readonly RelationName[]>();
  for (const heir of heirs) if (heir.parents.length > 0) parents.set(keyOf(heir), heir.parents);
  const ancestors = new Map<string, readonly RelationName[]>();
  const above = (key: string): readonly RelationName[] => {
    const known = ancestors.get(key);
    if (known !== undefined) return known;
    const direct = parents.get(key) ?? [];
    const all = direct.length === 0 ? direct : [...direct, ...direct.flatMap((parent) => above(keyOf(parent)))];
    ancestors.set(key, all);
    return all;
  };
  return (schema, name) => above(keyOf({ schema, name }));
}

/** The parents that the record of a table in a TOC names. */
export function parentsIn(record: Json): readonly RelationName[] {
  if (record === null || typeof record !== "object" || !("parents" in record)) return [];
  const { parents } = record;
  if (!Array.isArray(parents)) return [];
  return parents.flatMap((parent: Json) => {
    if (parent === null || typeof parent !== "object" || !("schema" in parent) || !("name" in parent)) return [];
    const { schema, name } = parent;
    return typeof schema === "string" && typeof name === "string" ? [{ schema, name }] : [];
  });
}

/** No name holds a zero byte. */
function keyOf({ schema, name }: RelationName): string {
  return `${schema}\0${name}`;
}
