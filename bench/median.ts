// What is told of several measurements of the same thing: a machine with others on it has outliers, so no means.

/** @throws when there is nothing to choose from */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const above = sorted[sorted.length >> 1];
  const below = sorted[(sorted.length - 1) >> 1];
  if (above === undefined || below === undefined) throw new Error('nothing was measured');
  return (above + below) / 2;
}

/** From the least to the greatest, as a share of the median. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / Math.abs(middle);
}
