// When a server of ours that was just started is ready: it says so.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** @throws when the server ends before it is ready */
export async function banner(stdout: Readable): Promise<void> {
  for await (const line of createInterface({ input: stdout })) {
    if (line === 'ready') return;
  }
  throw new Error('the server ended before it was ready');
}
