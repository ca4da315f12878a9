// Long walks through memory that let others have their turn.
import { setImmediate } from 'node:timers/promises';

/** Long enough to get somewhere, short enough that no pull notices. */
const TURN_MS = 5;

/** The same items; between two of them whatever waits for the event loop is done, as often as it has to be. */
export async function* unhurried<T>(items: Iterable<T>): AsyncGenerator<T> {
  let began = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - began < TURN_MS) continue;
    await setImmediate();
    began = performance.now();
  }
}
