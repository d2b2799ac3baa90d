/** The graph that is sorted: objects and the two section boundaries as nodes, "needs earlier" as edges. Mutable, because loop repairs take edges out and put them back. */
import type { AnyObject, Key } from "../catalog/kind.ts";
import type { Section } from "../section.ts";
import { BOUNDARY_PRIORITY, PRIORITY } from "./priority.ts";

/** Everything before it is pre-data, everything behind the other is post-data. */
export interface Boundary {
  readonly kind: "boundary";
  readonly key: Key;
  readonly section: Exclude<Section, "data">;
}

export type Node = AnyObject | Boundary;

export const PRE_DATA: Boundary = { kind: "boundary", key: "boundary/0", section: "pre-data" };
export const POST_DATA: Boundary = { kind: "boundary", key: "boundary/1", section: "post-data" };

export class Graph {
  readonly nodes: ReadonlyMap<Key, Node>;
  readonly #needs = new Map<Key, Set<Key>>();

  constructor(nodes: Iterable<Node>) {
    this.nodes = new Map([...nodes].map((node) => [node.key, node]));
  }

  /** What `key` needs earlier. */
  needs(key: Key): ReadonlySet<Key> {
    return this.#needs.get(key) ?? NOTHING;
  }

  has(key: Key, needed: Key): boolean {
    return this.needs(key).has(needed);
  }

  /** Ignored when either end is not in the graph, or both are the same. */
  add(key: Key, needed: Key): void {
    if (key === needed || !this.nodes.has(key) || !this.nodes.has(needed)) return;
    const known = this.#needs.get(key);
    if (known === undefined) this.#needs.set(key, new Set([needed]));
    else known.add(needed);
  }

  remove(key: Key, needed: Key): void {
    this.#needs.get(key)?.delete(needed);
  }
}

const NOTHING: ReadonlySet<Key> = new Set();

/** Compares two nodes by priority and natural key, never by OID, so that two equal databases dump equally. */
export function compareNodes(a: Node, b: Node): number {
  return priorityOf(a) - priorityOf(b) || compareText(schemaOf(a), schemaOf(b)) || compareText(nameOf(a), nameOf(b)) || compareText(a.kind, b.kind) || compareText(signatureOf(a), signatureOf(b));
}

function priorityOf(node: Node): number {
  return node.kind === "boundary" ? BOUNDARY_PRIORITY[node.section] : PRIORITY[node.kind];
}

/** Null sorts last, as objects that live in no schema may need any. */
function schemaOf(node: Node): string {
  return node.kind === "boundary" ? "" : (node.schema ?? "\u{10ffff}");
}

function nameOf(node: Node): string {
  return node.kind === "boundary" ? "" : node.name;
}

function signatureOf(node: Node): string {
  return node.kind === "boundary" ? "" : (node.signature ?? "");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
