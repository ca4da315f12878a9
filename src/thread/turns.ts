// Long work in short turns, so that clients are served in between.
import { setImmediate } from 'node:timers/promises';

/** Long enough to get somewhere, short enough that no pull notices. */
const TURN_MS = 5;
/** So many are sorted in a millisecond or two. */
const RUN = 2000;

/** What several walks have in common that follow one another: together they take no longer at a time than one. */
export class Turns {
  #began = performance.now();
  #next: Promise<void> | undefined;

  get isOver(): boolean {
    return performance.now() - this.#began >= TURN_MS;
  }

  /** Whatever waits for the event loop is done. Who work beside each other go on together: each alone would take a turn. */
  next(): Promise<void> {
    this.#next ??= setImmediate().then(() => {
      this.#next = undefined;
      this.#began = performance.now();
    });
    return this.#next;
  }
}

/** The same items, and others have their turn in between as often as it has to be. */
export async function* unhurried<T>(items: Iterable<T>, turns = new Turns()): AsyncGenerator<T> {
  for (const item of items) {
    yield item;
    if (turns.isOver) await turns.next();
  }
}

/** As `toSorted`: pieces are, then two and two of them, which the language's own sort merges in one pass. */
export async function sorted<T>(
  items: Iterable<T>,
  compare: (a: T, b: T) => number,
  turns = new Turns(),
): Promise<readonly T[]> {
  let runs = chunked([...items], RUN);
  for await (const run of unhurried(runs, turns)) run.sort(compare);
  while (runs.length > 1) {
    const pairs = chunked(runs, 2);
    runs = [];
    for await (const pair of unhurried(pairs, turns)) runs.push(pair.flat().sort(compare));
  }
  return runs[0] ?? [];
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
