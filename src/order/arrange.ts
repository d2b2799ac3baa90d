/**
 * The order in which a catalog's objects are written: cosmetic order first, then as few moves as the dependencies
 * ask for, loops repaired by name. Pure: the same catalog gives the same arrangement, whatever the OIDs.
 */
import type { Catalog } from "../catalog/catalog.ts";
import { kinds } from "../catalog/catalog.ts";
import type { AnyObject, Key } from "../catalog/kind.ts";
import type { Warning } from "../events.ts";
import type { Section } from "../section.ts";
import { compareNodes, Graph, type Node, POST_DATA, PRE_DATA } from "./graph.ts";
import { type Decisions, isPartOf, repairLoops, separate } from "./loops.ts";
import { sortNodes } from "./sort.ts";

export interface Arrangement {
  /** Every object, pre-data before post-data. */
  readonly order: readonly AnyObject[];
  /** Parts that are written as statements of their own. */
  readonly separate: ReadonlySet<Key>;
  /** The section an object ended in: a kind's own, unless a repair moved it. */
  sectionOf(object: AnyObject): Section;
  /** What an object needs earlier, after the repairs. Boundaries are left out. */
  needsOf(object: AnyObject): readonly Key[];
  readonly warnings: readonly Warning[];
}

export function arrange(catalog: Pick<Catalog, "objects" | "edges">): Arrangement {
  const nodes: Node[] = [...catalog.objects, PRE_DATA, POST_DATA].sort(compareNodes);
  const graph = new Graph(nodes);
  const decisions: Decisions = { separate: new Set(), postponed: new Set(), warnings: [] };
  for (const [key, needs] of catalog.edges) for (const needed of needs) graph.add(key, needed);
  writeInline(catalog.objects, graph, decisions);
  addBoundaries(catalog.objects, graph, decisions);

  let sorted = sortNodes(nodes, graph);
  while (sorted.remaining.length > 0) {
    repairLoops(sorted.remaining, graph, decisions);
    sorted = sortNodes(nodes, graph);
  }

  const order = sorted.order.filter((node): node is AnyObject => node.kind !== "boundary");
  const boundary = sorted.order.indexOf(PRE_DATA);
  const behind = new Set(sorted.order.slice(boundary + 1).map((node) => node.key));
  return {
    order,
    separate: decisions.separate,
    sectionOf: (object) => (kinds[object.kind].section === "data" ? "data" : behind.has(object.key) ? "post-data" : "pre-data"),
    needsOf: (object) => [...graph.needs(object.key)].filter((key) => key !== PRE_DATA.key && key !== POST_DATA.key),
    warnings: decisions.warnings,
  };
}

/**
 * A part and its owner always need each other: the part hangs on the owner's columns, the owner's CREATE holds the
 * part. That loop of two is no loop, the part is simply written inside. A part that cannot be (NOT VALID,
 * a view that reads itself) is separate from the start.
 */
function writeInline(objects: readonly AnyObject[], graph: Graph, decisions: Decisions): void {
  for (const owner of objects) {
    for (const key of owner.needs ?? []) {
      const part = graph.nodes.get(key);
      if (part === undefined || !isPartOf(part, owner)) continue;
      const alone = part.kind === "check" || part.kind === "domain-constraint" ? !part.validated : part.kind === "rule" && part.recursive;
      if (alone) separate(part, owner, graph, decisions);
      else graph.remove(part.key, owner.key);
    }
  }
}

function addBoundaries(objects: readonly AnyObject[], graph: Graph, decisions: Decisions): void {
  graph.add(POST_DATA.key, PRE_DATA.key);
  const inline = new Set(objects.flatMap((owner) => (owner.needs ?? []).filter((key) => isInline(key, owner, graph, decisions))));
  for (const object of objects) {
    // An inline part goes where its owner goes.
    if (inline.has(object.key) || decisions.separate.has(object.key)) continue;
    if (kinds[object.kind].section === "post-data") graph.add(object.key, POST_DATA.key);
    else graph.add(PRE_DATA.key, object.key);
  }
}

function isInline(key: Key, owner: AnyObject, graph: Graph, decisions: Decisions): boolean {
  const part = graph.nodes.get(key);
  return part !== undefined && isPartOf(part, owner) && !decisions.separate.has(key);
}
