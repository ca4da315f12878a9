// Starts a thread on a program of ours, wherever that is.
import { getAsset, isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

/**
 * In the one executable there are no files, and modules have no URL: `bin/build.ts` puts the thread's program inside.
 * @param program a file's name without `.ts`
 * @param beside the URL of a module in the same folder
 */
export function startThread(program: string, beside: string, options: WorkerOptions = {}): Worker {
  if (!isSea()) return new Worker(new URL(`${program}.ts`, beside), options);
  return new Worker(getAsset(`${program}.js`, 'utf8'), { ...options, eval: true });
}
