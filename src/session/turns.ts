/** Calls on one session take turns. A COPY keeps its turn until it has ended. */

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #copy: string | undefined;

  /** Waits for the turn; gives the function that ends it. `copy` names a COPY, during which waiting would be for ever. */
  async take(copy?: string): Promise<() => void> {
    if (this.#copy !== undefined) throw new Error(`the session is busy with a COPY that was not ended: ${this.#copy}`);
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    this.#copy = copy;
    return () => {
      this.#copy = undefined;
      end();
    };
  }
}
