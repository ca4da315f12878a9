// A gate: where a request waits until the test lets it pass, so that no test has to sleep.
import { Tally } from './tally.ts';

export class Gate {
  /** Resolves when the first request has arrived. */
  readonly reached: Promise<void>;
  readonly #released = Promise.withResolvers<undefined>();
  readonly #arrivals = new Tally();

  constructor() {
    this.reached = this.arrived(1);
  }

  /** How many requests have arrived so far, whether they wait or have passed. */
  get arrivals(): number {
    return this.#arrivals.count;
  }

  /** Resolves when so many requests have arrived. */
  arrived(count: number): Promise<void> {
    return this.#arrivals.reached(count);
  }

  /** Opens the gate, for those who wait and for those who come later. */
  release(): void {
    this.#released.resolve(undefined);
  }

  /** What the mock calls: arrives, and waits for the release or for `gone`, whichever is first. */
  async pass(gone: Promise<void>): Promise<void> {
    this.#arrivals.add();
    await Promise.race([this.#released.promise, gone]);
  }
}
