// One update of a digest's records, or of another named thing, at a time: in this process by a queue, across processes by a lock file.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError, errorCode } from './errors.ts';
import { identityOf, takeOver } from './lock-file.ts';
import type { Log } from '../log/log.ts';
import { createFile } from './regular-file.ts';

/** The right to update, while it lasts. */
export interface HeldLock {
  /**
   * Call it right before what was written becomes visible: a writer that stalled for too long was taken for dead.
   * @throws {StoreError} when the lock was taken over; the update then starts again by itself
   */
  confirm(): Promise<void>;
}

class LockLost extends StoreError {
  override readonly name = 'LockLost';
}

const pollMs = 5;
const retries = 5;
/** Far beyond what any queue of live writers needs. */
const patienceMs = 120_000;

/** Locks by name, `<name>.lock` in one directory; the records of a digest go by its hexadecimal part. */
export class UpdateLocks {
  readonly #directory: string;
  readonly #staleMs: number;
  readonly #uniqueName: () => string;
  readonly #log: Log;
  readonly #queues = new Map<string, Promise<void>>();

  constructor(options: { directory: string; staleMs: number; uniqueName: () => string; log: Log }) {
    this.#directory = options.directory;
    this.#staleMs = options.staleMs;
    this.#uniqueName = options.uniqueName;
    this.#log = options.log;
  }

  /**
   * Runs an update under the lock of that name. It may run more than once, and must not ask for the same lock again.
   * @throws {StoreError} when the lock cannot be had
   */
  async run<T>(name: string, update: (lock: HeldLock) => Promise<T>): Promise<T> {
    const previous = this.#queues.get(name) ?? Promise.resolve();
    const turn = previous.then(() => this.#locked(name, update));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(name, settled);
    try {
      return await turn;
    } finally {
      if (this.#queues.get(name) === settled) this.#queues.delete(name);
    }
  }

  /** Resolves when no update is under way. */
  async idle(): Promise<void> {
    while (this.#queues.size > 0) await Promise.all(this.#queues.values());
  }

  async #locked<T>(name: string, update: (lock: HeldLock) => Promise<T>): Promise<T> {
    const path = join(this.#directory, `${name}.lock`);
    for (let attempts = 1; ; attempts++) {
      const mine = await this.#acquire(path);
      const confirm = async (): Promise<void> => {
        if ((await identityOf(path)) !== mine) {
          throw new LockLost('another process took the lock over', { path, code: 'ELOCKED' });
        }
      };
      try {
        return await update({ confirm });
      } catch (error) {
        if (!(error instanceof LockLost) || attempts === retries) throw error;
      } finally {
        await this.#release(path, mine);
      }
    }
  }

  async #acquire(path: string): Promise<string> {
    const started = performance.now();
    let seen: string | undefined;
    let since = started;
    for (;;) {
      const mine = await tryCreate(path);
      if (mine !== undefined) return mine;
      const now = performance.now();
      const identity = await identityOf(path);
      if (identity !== seen) {
        seen = identity;
        since = now;
      } else if (identity !== undefined && now - since >= this.#staleMs) {
        // Judged by how long we have seen it unchanged: its time would say nothing after the clock jumped.
        await takeOver(path, identity, join(this.#directory, `${this.#uniqueName()}.tmp`), this.#log);
        continue;
      }
      if (now - started > patienceMs) {
        throw new StoreError('cannot lock: others hold the lock', { path, code: 'ELOCKED' });
      }
      await sleep(pollMs);
    }
  }

  async #release(path: string, mine: string): Promise<void> {
    try {
      if ((await identityOf(path)) === mine) await rm(path, { force: true });
    } catch (error) {
      // What the lock protected is done; others will take the lock over.
      this.#log.warn('cannot release a lock', { path, error });
    }
  }
}

async function tryCreate(path: string): Promise<string | undefined> {
  try {
    const handle = await createFile(path);
    try {
      const { ino, mtimeNs } = await handle.stat({ bigint: true });
      return `${ino}:${mtimeNs}`;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}
