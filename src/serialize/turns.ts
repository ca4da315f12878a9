// Long work in short turns, so that clients are served in between.
import { setImmediate } from 'node:timers/promises';

/** Long enough to get somewhere, short enough that no pull notices. */
const TURN_MS = 5;

/** What several walks have in common that follow one another: together they take no longer at a time than one. */
export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began >= TURN_MS;
  }

  /** Whatever waits for the event loop is done. */
  async next(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}

/** The same items, and others have their turn in between as often as it has to be. */
export async function* unhurried<T>(items: Iterable<T>, turns = new Turns()): AsyncGenerator<T> {
  for (const item of items) {
    yield item;
    if (turns.isOver) await turns.next();
  }
}
