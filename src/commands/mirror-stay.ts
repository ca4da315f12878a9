// `mirror --stay`: keeps a node's files as they are to be until it is told to stop.
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does something now and then. What it throws ends it: whoever started us tells people, and starts us again.
 * @param everyMs milliseconds between one time and the next
 */
export async function untilStopped(
  stopped: Promise<unknown>,
  everyMs: number,
  again: () => void,
): Promise<void> {
  const end = new AbortController();
  void stopped.then(() => {
    end.abort();
  });
  for (;;) {
    // It rejects for nothing but the end, after which there is nothing to wait for.
    await delay(everyMs, undefined, { signal: end.signal }).catch(() => undefined);
    if (end.signal.aborted) return;
    again();
  }
}
