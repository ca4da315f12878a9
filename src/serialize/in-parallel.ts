// Runs an operation over many items, a few at a time, and yields the results in order.

/** The first failure ends it; an operation that must not stop the others handles its own errors. */
export async function* inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  operation: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  for (let start = 0; start < items.length; start += width) {
    yield* await Promise.all(items.slice(start, start + width).map(operation));
  }
}
