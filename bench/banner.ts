// Where a server that was just started listens: read off its banner.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @throws when the server ends before it is ready */
export async function banner(server: ChildProcessWithoutNullStreams): Promise<string> {
  server.stderr.pipe(process.stderr);
  let url: string | undefined;
  for await (const line of createInterface({ input: server.stdout })) {
    url = /^listening on\s+(\S+)/.exec(line)?.[1] ?? url;
    if (line === 'ready' && url !== undefined) return url;
  }
  throw new Error('the server ended before it was ready');
}
