// Long work in short turns, so that clients are served in between.
import { setImmediate as turn } from 'node:timers/promises';

const TURN_MS = 10;

export class Turns {
  #since = performance.now();

  /** Call it often; it waits only when the turn has been long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await turn();
    this.#since = performance.now();
  }
}
