/** Does the work for the next items while the consumer is busy with this one. */

/**
 * Runs `work` on each item and gives the results in the order of the items, with `depth` items begun before they are asked for.
 * The first rejection ends it, in its turn. A consumer that leaves early does not wait for what has begun.
 */
export async function* ahead<Item, Result>(items: AsyncIterable<Item> | Iterable<Item>, depth: number, work: (item: Item) => Promise<Result>): AsyncGenerator<Result> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const begin = (): Promise<{ readonly result: Result } | null> => {
    const begun = (async () => {
      const next = await iterator.next();
      return next.done === true ? null : { result: await work(next.value) };
    })();
    begun.catch(() => {}); // Its turn to be awaited may never come.
    return begun;
  };
  const queue = Array.from({ length: depth }, begin);
  try {
    for (;;) {
      const head = await queue.shift();
      if (head === null || head === undefined) return;
      queue.push(begin());
      yield head.result;
    }
  } finally {
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
