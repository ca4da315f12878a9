// A turn that begins with nothing: an empty directory and a server that was just started, both gone after it.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from './contestants/contestant.ts';
import type { Figures } from './figures.ts';
import type { Bench } from './row.ts';

export async function afresh(
  bench: Bench,
  start: (bench: Bench) => Promise<Contestant>,
  work: (contestant: Contestant, directory: string) => Promise<Figures>,
): Promise<Figures> {
  const directory = await mkdtemp(join(bench.directory, 'turn-'));
  try {
    await using stack = new AsyncDisposableStack();
    return await work(await start({ ...bench, directory, stack }), directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
