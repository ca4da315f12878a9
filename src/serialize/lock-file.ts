// Files that stand for a right: whose they are, and what becomes of those that a dead process has left.
import { lstat, rename, rm } from 'node:fs/promises';
import type { Log } from '../log/log.ts';
import { attempt, attemptOrMiss } from './errors.ts';

/** Changes when its owner gives a sign of life, and when the file is another one. */
export async function identityOf(path: string): Promise<string | undefined> {
  const stats = await attemptOrMiss('stat', path, lstat(path, { bigint: true }));
  return stats === undefined ? undefined : `${stats.ino}:${stats.mtimeNs}`;
}

/**
 * Removes a dead process's file, and only that: it may have been taken over by another waiter just now.
 * @param aside a name in the same directory that nobody else has
 */
export async function takeOver(path: string, stale: string, aside: string, log: Log): Promise<void> {
  if ((await identityOf(path)) !== stale) return;
  await attemptOrMiss('take over', path, rename(path, aside));
  const moved = await identityOf(aside);
  log.warn('took over the lock of a process that seems dead', { path, live: moved !== stale });
  await attempt('delete', aside, rm(aside, { force: true, recursive: true }));
}
