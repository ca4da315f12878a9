// Waiting softly: for a result, but not for ever.

/** The result of some work, or undefined when it takes longer; the work goes on. */
export async function settledWithin<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
