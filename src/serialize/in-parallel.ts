// Runs an operation over many items and yields the results in order, batch by batch.

/** A few at a time. The first failure ends it; an operation that must not stop the others handles its own errors. */
export async function* inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  operation: (item: Item) => Promise<Result>,
): AsyncGenerator<readonly Result[]> {
  for (let start = 0; start < items.length; start += width) {
    yield await Promise.all(items.slice(start, start + width).map(operation));
  }
}

/** An operation that takes less, in milliseconds, has found what it reads in memory. */
const AT_HAND_MS = 0.2;

/**
 * As {@link inParallel}, but whatever is in memory already is read without waiting, which costs a fifth of what it
 * costs to wait for what is there. It blocks: it is for a start, when nobody is served yet. The first item of each
 * batch shows whether the disk, or the network behind it, has to be waited for; then that is better done in parallel.
 * @param atOnce undefined where it cannot tell: then `operation` is asked
 */
export async function* atOnceOrInParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  atOnce: (item: Item) => Result | undefined,
  operation: (item: Item) => Promise<Result>,
): AsyncGenerator<readonly Result[]> {
  for (let start = 0; start < items.length; start += width) {
    const [first, ...rest] = items.slice(start, start + width);
    if (first === undefined) return;
    const began = performance.now();
    const found = atOnce(first);
    const isAtHand = performance.now() - began < AT_HAND_MS;
    yield await Promise.all([
      found ?? operation(first),
      ...rest.map((item) => (isAtHand ? atOnce(item) : undefined) ?? operation(item)),
    ]);
  }
}
