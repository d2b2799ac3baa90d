/**
 * The topological sort. It promises that every node comes after all it needs, and that otherwise the given order
 * moves as little as possible: Knuth's algorithm (Volume 1, 2.2.3) run backwards, taking from the nodes that
 * nothing left needs always the one that stands last in the given order. O(N log N). Nodes on a loop, or that a
 * loop needs, remain.
 */
import type { Key } from "../catalog/kind.ts";
import { Heap } from "../heap.ts";
import type { Graph, Node } from "./graph.ts";

export interface Sorted {
  /** Empty when there are loops. */
  readonly order: readonly Node[];
  /** The nodes that could not be placed, in the given order. */
  readonly remaining: readonly Node[];
}

export function sortNodes(given: readonly Node[], graph: Graph): Sorted {
  const position = new Map<Key, number>(given.map((node, index) => [node.key, index]));
  const neededBy = given.map(() => 0);
  const positionOf = (key: Key): number => {
    const found = position.get(key);
    if (found === undefined) throw new Error(`${key} is needed and not among the nodes`);
    return found;
  };
  for (const node of given) for (const needed of graph.needs(node.key)) neededBy[positionOf(needed)]! += 1;

  const free = new Heap<number>((a, b) => a > b);
  neededBy.forEach((count, index) => count === 0 && free.push(index));
  const backwards: Node[] = [];
  const placed = given.map(() => false);
  for (let index = free.pop(); index !== undefined; index = free.pop()) {
    const node = given[index]!;
    placed[index] = true;
    backwards.push(node);
    for (const needed of graph.needs(node.key)) {
      const at = positionOf(needed);
      neededBy[at]! -= 1;
      if (neededBy[at] === 0) free.push(at);
    }
  }
  if (backwards.length === given.length) return { order: backwards.reverse(), remaining: [] };
  return { order: [], remaining: given.filter((_, index) => !placed[index]) };
}
