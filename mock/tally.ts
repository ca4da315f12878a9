// A tally: a count that can be waited for.

export class Tally {
  #count = 0;
  #waiters: { count: number; resolve: () => void }[] = [];

  get count(): number {
    return this.#count;
  }

  add(): void {
    this.#count++;
    for (const waiter of this.#waiters) if (waiter.count <= this.#count) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => waiter.count > this.#count);
  }

  /** Resolves when it has come to `count`. */
  reached(count: number): Promise<void> {
    if (this.#count >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  reset(): void {
    this.#count = 0;
  }
}
