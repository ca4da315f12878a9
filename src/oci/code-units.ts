// The order of names: of repositories, tags and digests.

/** As strings are sorted where nothing is said: the same everywhere, in no language's order. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
