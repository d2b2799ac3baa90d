/**
 * Loops of dependencies and their repairs. A loop is real: PostgreSQL let it come about step by step, and it has
 * to be taken apart the same way. Each known shape has one named repair, tried in the order of `REPAIRS`; a loop
 * of no known shape is broken at its first edge, with a warning.
 */
import type { Key } from "../catalog/kind.ts";
import type { Warning } from "../events.ts";
import { type Graph, type Node, POST_DATA, PRE_DATA } from "./graph.ts";

/** What the repairs decide besides edges. */
export interface Decisions {
  /** Parts (defaults, checks, ON SELECT rules) that are written as statements of their own. */
  readonly separate: Set<Key>;
  /** Objects of pre-data that had to move behind the rows. */
  readonly postponed: Set<Key>;
  readonly warnings: Warning[];
}

interface Repair {
  readonly name: string;
  /** Repairs the loop and says so, or leaves everything as it is. `loop[i]` needs `loop[i + 1]`, the last needs the first. */
  repair(loop: readonly Node[], graph: Graph, decisions: Decisions): boolean;
}

/** Kinds that are normally written inside the object that needs them, and can be written alone. */
const PARTS: ReadonlySet<Node["kind"]> = new Set(["rule", "check", "default", "domain-constraint"]);
/** Parts that, once alone, have to wait until the rows are in. A default does not: rows bring their values along. */
const POST_DATA_PARTS: ReadonlySet<Node["kind"]> = new Set(["rule", "check", "domain-constraint"]);

/** Whether `owner` is the object whose CREATE holds `part`. A check that comes with a parent's check is part of no other. */
export function isPartOf(part: Node, owner: Node): boolean {
  return PARTS.has(part.kind) && owner.kind !== "boundary" && owner.kind !== part.kind && (owner.needs ?? []).includes(part.key);
}

const REPAIRS: readonly Repair[] = [
  {
    // A canonical function in a language that takes no shell type comes behind the range, which is made with a stand-in.
    name: "let a range be made without its canonical function",
    repair: (loop, graph) => withStandIn(loop, graph),
  },
  {
    // A send function in a language that takes no shell type comes behind its type, and gives itself to it.
    name: "let a type be made without its send function",
    repair: (loop, graph) => withoutSend(loop, graph),
  },
  {
    // A base type's input function gives the very type that is made with it; so does a range's canonical function.
    name: "let a type's functions take its shell type",
    repair: (loop, graph) => throughShell(loop, graph),
  },
  {
    // pg_depend hangs a partition's part on the whole's; one that is made first waits for nothing but what it says.
    name: "make a renamed part of a foreign key before the key, and what an index takes before the index",
    repair: (loop, graph) => madeFirst(loop, graph),
  },
  {
    // A view whose query needs something that needs the view: a dummy view first, the real rule in post-data.
    name: "separate a view's ON SELECT rule",
    repair: (loop, graph, decisions) => separatePart("rule", loop, graph, decisions),
  },
  {
    // A materialized view grouped by a primary key needs that constraint, which is post-data.
    name: "postpone a materialized view",
    repair: (loop, graph, decisions) => postpone("materialized-view", loop, graph, decisions),
  },
  {
    // The same for a function with an SQL-standard body.
    name: "postpone a function",
    repair: (loop, graph, decisions) => postpone("function", loop, graph, decisions),
  },
  {
    name: "postpone a view",
    repair: (loop, graph, decisions) => postpone("view", loop, graph, decisions),
  },
  {
    // A check calls a function that takes the table's row type.
    name: "separate a table's check",
    repair: (loop, graph, decisions) => separatePart("check", loop, graph, decisions),
  },
  {
    name: "separate a column's default",
    repair: (loop, graph, decisions) => separatePart("default", loop, graph, decisions),
  },
  {
    name: "separate a domain's constraint",
    repair: (loop, graph, decisions) => separatePart("domain-constraint", loop, graph, decisions),
  },
  {
    name: "break a loop of unknown shape",
    repair(loop, graph, decisions) {
      const [first, second] = [loop[0]!, loop[1] ?? loop[0]!];
      graph.remove(first.key, second.key);
      decisions.warnings.push({
        code: "DEPENDENCY_LOOP",
        object: describe(first),
        message: `the loop ${[...loop, first].map(describe).join(" → ")} could not be resolved; the order of ${describe(first)} and ${describe(second)} is a guess`,
      });
      return true;
    },
  },
];

/** Repairs every loop among `remaining` once, disjoint loops in one round. The caller sorts again afterwards. */
export function repairLoops(remaining: readonly Node[], graph: Graph, decisions: Decisions): void {
  for (const component of stronglyConnected(remaining, graph)) {
    const done = new Set<Key>();
    for (const start of component) {
      if (done.has(start.key)) continue;
      const loop = shortestLoop(start, component, done, graph);
      if (loop === null) {
        done.add(start.key);
        continue;
      }
      for (const node of loop) done.add(node.key);
      REPAIRS.some(({ repair }) => repair(loop, graph, decisions));
    }
  }
}

/** What uses the range waits for the function too: nothing may meet the stand-in. */
function withStandIn(loop: readonly Node[], graph: Graph): boolean {
  const range = loop.find(({ kind }) => kind === "range");
  const canonical = loop.find((node) => node.kind === "function" && node.replacesStandIn);
  if (range === undefined || canonical === undefined || !graph.has(range.key, canonical.key)) return false;
  graph.remove(range.key, canonical.key);
  for (const key of graph.nodes.keys()) {
    if (key !== PRE_DATA.key && graph.has(key, range.key) && !graph.has(canonical.key, key)) graph.add(key, canonical.key);
  }
  return true;
}

function withoutSend(loop: readonly Node[], graph: Graph): boolean {
  for (const [index, type] of loop.entries()) {
    const send = loop[(index + 1) % loop.length]!;
    if (type.kind !== "base-type" || !isSend(send)) continue;
    graph.remove(type.key, send.key);
    return true;
  }
  return false;
}

function isSend(node: Node | undefined): boolean {
  return node?.kind === "function" && typeof node.sends === "string";
}

/** All of the type's functions at once: each of them is on such a loop. */
function throughShell(loop: readonly Node[], graph: Graph): boolean {
  const type = loop.find(({ kind }) => kind === "base-type" || kind === "range");
  if (type === undefined || loop.length !== 2) return false;
  const needs = [...graph.needs(type.key)];
  const shell = needs.find((key) => graph.nodes.get(key)?.kind === "shell-type");
  const functions = needs.filter((key) => graph.nodes.get(key)?.kind === "function" && !isSend(graph.nodes.get(key)) && graph.has(key, type.key));
  if (shell === undefined || functions.length === 0) return false;
  for (const key of functions) {
    graph.remove(key, type.key);
    graph.add(key, shell);
  }
  return true;
}

function madeFirst(loop: readonly Node[], graph: Graph): boolean {
  for (const [index, node] of loop.entries()) {
    const next = loop[(index + 1) % loop.length]!;
    const isKey = node.kind === "foreign-key" && next.kind === "foreign-key" && node.clone && !(node.needs ?? []).includes(next.key);
    const isIndex = node.kind === "index" && next.kind === "index" && next.takesPartitions && node.parentIndex === next.key;
    if (!isKey && !isIndex) continue;
    graph.remove(node.key, next.key);
    return true;
  }
  return false;
}

function separatePart(kind: Node["kind"], loop: readonly Node[], graph: Graph, decisions: Decisions): boolean {
  for (const [index, owner] of loop.entries()) {
    const part = loop[(index + 1) % loop.length]!;
    if (part.kind !== kind || !isPartOf(part, owner) || decisions.separate.has(part.key)) continue;
    // A generated column's expression has no statement of its own.
    if (part.kind === "default" && part.generated) continue;
    separate(part, owner, graph, decisions);
    return true;
  }
  return false;
}

/** Turns the edge around: the part is written after its owner, alone. */
export function separate(part: Node, owner: Node, graph: Graph, decisions: Decisions): void {
  graph.remove(owner.key, part.key);
  graph.add(part.key, owner.key);
  decisions.separate.add(part.key);
  if (POST_DATA_PARTS.has(part.kind)) graph.add(part.key, POST_DATA.key);
  else graph.add(PRE_DATA.key, part.key);
}

function postpone(kind: Node["kind"], loop: readonly Node[], graph: Graph, decisions: Decisions): boolean {
  const object = loop.find((node) => node.kind === kind);
  const boundary = loop.indexOf(PRE_DATA);
  if (object === undefined || boundary === -1) return false;
  const next = loop[(boundary + 1) % loop.length]!;
  graph.remove(PRE_DATA.key, next.key);
  decisions.postponed.add(next.key);
  return true;
}

function describe(node: Node): string {
  return node.kind === "boundary" ? `${node.section} boundary` : `${node.kind} ${node.schema === null ? "" : `${node.schema}.`}${node.name}`;
}

/** The shortest loop through `start` that stays in `component` and avoids `done`, or null. */
function shortestLoop(start: Node, component: readonly Node[], done: ReadonlySet<Key>, graph: Graph): readonly Node[] | null {
  const inside = new Set(component.map((node) => node.key));
  const cameFrom = new Map<Key, Key | null>([[start.key, null]]);
  const queue: Key[] = [start.key];
  for (const key of queue) {
    for (const needed of graph.needs(key)) {
      if (needed === start.key) return pathTo(key, cameFrom, graph);
      if (cameFrom.has(needed) || done.has(needed) || !inside.has(needed)) continue;
      cameFrom.set(needed, key);
      queue.push(needed);
    }
  }
  return null;
}

function pathTo(key: Key, cameFrom: ReadonlyMap<Key, Key | null>, graph: Graph): readonly Node[] {
  const path: Node[] = [];
  for (let at: Key | null = key; at !== null; at = cameFrom.get(at) ?? null) path.push(graph.nodes.get(at)!);
  return path.reverse();
}

/** The groups of nodes that reach each other (Tarjan, without recursion), each in the given order. Single nodes are on no loop and left out. */
function stronglyConnected(nodes: readonly Node[], graph: Graph): readonly (readonly Node[])[] {
  const given = new Map(nodes.map((node, index) => [node.key, index]));
  const index = new Map<Key, number>();
  const low = new Map<Key, number>();
  const open: Key[] = [];
  const isOpen = new Set<Key>();
  const components: Node[][] = [];
  for (const root of nodes) {
    if (index.has(root.key)) continue;
    const calls: { key: Key; rest: Iterator<Key> }[] = [];
    const enter = (key: Key) => {
      index.set(key, index.size);
      low.set(key, index.get(key)!);
      open.push(key);
      isOpen.add(key);
      calls.push({ key, rest: graph.needs(key).values() });
    };
    enter(root.key);
    while (calls.length > 0) {
      const call = calls.at(-1)!;
      const step = call.rest.next();
      if (step.done !== true) {
        if (!given.has(step.value)) continue;
        if (!index.has(step.value)) enter(step.value);
        else if (isOpen.has(step.value)) low.set(call.key, Math.min(low.get(call.key)!, index.get(step.value)!));
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) low.set(caller.key, Math.min(low.get(caller.key)!, low.get(call.key)!));
      if (low.get(call.key) !== index.get(call.key)) continue;
      const members: Node[] = [];
      for (let key = open.pop()!; ; key = open.pop()!) {
        isOpen.delete(key);
        members.push(graph.nodes.get(key)!);
        if (key === call.key) break;
      }
      if (members.length > 1) components.push(members.sort((a, b) => given.get(a.key)! - given.get(b.key)!));
    }
  }
  return components;
}
