// Waiting softly: for a result, but not for ever.
import { runQueue } from '../thread/run-queue.ts';

/** The result of some work, or undefined when it takes longer; the work goes on. */
export async function settledWithin<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  // Who have come together have waited long enough together.
  const timer = setTimeout(() => void runQueue.turn().then(() => resolve(undefined)), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
