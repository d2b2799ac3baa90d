/**
 * Which of the rows that depend on each other can go in, and in which order: a row may want a value that another row
 * holds until its own update, or the same value as an earlier one. Pure; rows are known by their addresses as text.
 */

/** `row` wants what the row that `mover` updates holds. */
export interface Hold {
  readonly rule: number;
  readonly row: string;
  readonly mover: string;
  /** Checked at the end only: who moves first does not matter. */
  readonly deferrable: boolean;
  /** Whether the mover has been refused already. */
  readonly gone: boolean;
}

/** Rows that exclude each other: the first that can go in wins. */
export interface Rivals {
  readonly rule: number;
  /** In the staging's order. */
  readonly rows: readonly string[];
}

export interface Settlement {
  readonly rejected: readonly { readonly row: string; readonly rule: number }[];
  /** Rows that have to go after others, with their turn. All others have turn 0. */
  readonly turns: ReadonlyMap<string, number>;
}

interface Node {
  readonly row: string;
  readonly holds: Hold[];
  readonly groups: Rivals[];
  state: "open" | "in" | "out";
  turn: number;
}

export function settle(holds: readonly Hold[], groups: readonly Rivals[]): Settlement {
  const table = new Settling(holds, groups);
  table.run();
  return table.result();
}

class Settling {
  readonly #nodes = new Map<string, Node>();
  /** Mover → the rows that wait for it. */
  readonly #waiting = new Map<string, Node[]>();
  /** Position of the first row of a group that is not out, and whether one is in. */
  readonly #heads = new Map<Rivals, { at: number; taken: boolean }>();
  readonly #rejected = new Map<Node, number>();
  #agenda: Node[] = [];
  /** All rows, in the staging's order, and how many from the start of it are settled. */
  #order: readonly Node[] = [];
  #settled = 0;

  constructor(holds: readonly Hold[], groups: readonly Rivals[]) {
    for (const group of groups) {
      this.#heads.set(group, { at: 0, taken: false });
      for (const row of group.rows) this.#node(row).groups.push(group);
    }
    for (const hold of holds) {
      const node = this.#node(hold.row);
      node.holds.push(hold);
      this.#node(hold.mover);
      const waiting = this.#waiting.get(hold.mover);
      if (waiting === undefined) this.#waiting.set(hold.mover, [node]);
      else waiting.push(node);
    }
    for (const { mover, gone } of holds) if (gone) this.#node(mover).state = "out";
    this.#order = [...this.#nodes.values()].sort(byAddress);
    this.#agenda = [...this.#order];
  }

  run(): void {
    this.#drain();
    if (this.#order.some(({ state, holds }) => state === "open" && holds.some(({ deferrable }) => deferrable))) this.#acceptRings();
    for (let first = this.#firstOpen(); first !== undefined; first = this.#firstOpen()) {
      this.#fell(first);
      this.#drain();
    }
    while (this.#reconsider()) this.#drain();
  }

  result(): Settlement {
    const late = [...this.#nodes.values()].filter(({ state, turn }) => state === "in" && turn > 0);
    return { rejected: [...this.#rejected].map(([{ row }, rule]) => ({ row, rule })), turns: new Map(late.map(({ row, turn }) => [row, turn])) };
  }

  #node(row: string): Node {
    const known = this.#nodes.get(row);
    if (known !== undefined) return known;
    const node: Node = { row, holds: [], groups: [], state: "open", turn: 0 };
    this.#nodes.set(row, node);
    return node;
  }

  #drain(): void {
    for (let at = 0; at < this.#agenda.length; at++) {
      const node = this.#agenda[at];
      if (node?.state === "open") this.#decide(node);
    }
    this.#agenda = [];
  }

  #decide(node: Node): void {
    const refused = node.holds.find(({ mover }) => this.#node(mover).state === "out") ?? node.groups.find((group) => this.#heads.get(group)?.taken === true);
    if (refused !== undefined) this.#reject(node, refused.rule);
    else if (node.holds.every(({ mover }) => this.#node(mover).state === "in") && this.#isFirst(node)) this.#accept(node);
  }

  #isFirst(node: Node): boolean {
    return node.groups.every((group) => group.rows[this.#heads.get(group)?.at ?? 0] === node.row);
  }

  #accept(node: Node): void {
    node.state = "in";
    for (const { mover, deferrable } of node.holds) if (!deferrable) node.turn = Math.max(node.turn, this.#node(mover).turn + 1);
    for (const group of node.groups) {
      const head = this.#heads.get(group);
      if (head !== undefined) head.taken = true;
      // Many rows may want one value: no spreading into arguments.
      for (const row of group.rows) this.#agenda.push(this.#node(row));
    }
    for (const one of this.#waiting.get(node.row) ?? []) this.#agenda.push(one);
  }

  #reject(node: Node, rule: number): void {
    node.state = "out";
    this.#rejected.set(node, rule);
    for (const group of node.groups) {
      const head = this.#heads.get(group);
      while (head !== undefined && head.at < group.rows.length && this.#node(group.rows[head.at]!).state === "out") head.at++;
      const next = group.rows[head?.at ?? 0];
      if (next !== undefined) this.#agenda.push(this.#node(next));
    }
    for (const one of this.#waiting.get(node.row) ?? []) this.#agenda.push(one);
  }

  /** Rows that wait for each other in a ring all go in, where the constraint is checked at the end. */
  #acceptRings(): void {
    const together = new Set(this.#order.filter(({ state }) => state === "open"));
    const goesWith = ({ mover, deferrable }: Hold) => this.#node(mover).state === "in" || (deferrable && together.has(this.#node(mover)));
    for (let size = -1; size !== together.size; ) {
      size = together.size;
      for (const node of together) if (!this.#isFirst(node) || !node.holds.every(goesWith)) together.delete(node);
    }
    // One at most is the first of its group: those that are left do not exclude each other.
    for (const node of together) this.#accept(node);
    this.#drain();
  }

  /** The ring that is left cannot be turned: its first row falls, and others with it. */
  #fell(node: Node): void {
    const ring = node.holds.find(({ mover }) => this.#node(mover).state === "open");
    this.#reject(node, (ring ?? node.groups[0]!).rule);
  }

  /** What fell with a ring may have a place after all, when others of the ring have moved. Whether any has. */
  #reconsider(): boolean {
    const before = this.#rejected.size;
    for (const node of [...this.#rejected.keys()].sort(byAddress)) {
      if (!node.holds.every(({ mover }) => this.#node(mover).state === "in") || node.groups.some((group) => this.#heads.get(group)?.taken)) continue;
      this.#rejected.delete(node);
      this.#accept(node);
    }
    return this.#rejected.size < before;
  }

  #firstOpen(): Node | undefined {
    while (this.#order[this.#settled] !== undefined && this.#order[this.#settled]!.state !== "open") this.#settled++;
    const first = this.#order[this.#settled];
    if (first === undefined || waits(first, this.#nodes)) return first;
    // It is behind in a group only: whoever is before it in the group waits for somebody.
    return this.#order.find((node) => node.state === "open" && waits(node, this.#nodes)) ?? first;
  }
}

function waits({ holds }: Node, nodes: ReadonlyMap<string, Node>): boolean {
  return holds.some(({ mover }) => nodes.get(mover)?.state === "open");
}

/** `(12,3)`: page and line. */
function byAddress(one: Node, other: Node): number {
  const [page = 0, line = 0] = numbers(one.row);
  const [otherPage = 0, otherLine = 0] = numbers(other.row);
  return page - otherPage || line - otherLine;
}

function numbers(address: string): readonly number[] {
  return address.slice(1, -1).split(",").map(Number);
}
