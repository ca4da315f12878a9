// When a server of ours that was just started is ready: it says so.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** @throws when the server ends before it is ready */
export async function banner(stdout: Readable): Promise<void> {
  const lines = createInterface({ input: stdout });
  for await (const line of lines) {
    if (line !== 'ready') continue;
    stdout.resume();
    return;
  }
  throw new Error('the server ended before it was ready');
}
