// Leases on the directory: who brings content in shares one, who takes content away has it alone. Across processes by
// files in `pulls/` that their owners touch while they live.
import { readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log/log.ts';
import { StoreError, attempt, errorCode } from './errors.ts';
import { HeldLease, whoseLease } from './held-lease.ts';
import type { Lease } from './held-lease.ts';
import { identityOf, takeOver } from './lock-file.ts';
import { createFile } from './regular-file.ts';

export interface LeaseOptions {
  /** `shared`: content comes, and none may be taken away. `exclusive`: nobody else has one. */
  readonly mode: 'shared' | 'exclusive';
  /** What those are told who have to wait: `import`, `prune`. */
  readonly holder: string;
  /** How long to wait for others; 60,000 ms. */
  readonly patienceMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** Somebody else has the lease, for longer than we wait. */
export class LeaseTaken extends StoreError {
  override readonly name = 'LeaseTaken';
}

const suffix = '.lease';
const exclusiveName = `exclusive${suffix}`;
const POLL_MS = 25;
const PATIENCE_MS = 60_000;

export class Leases {
  readonly #directory: string;
  readonly #staleMs: number;
  readonly #uniqueName: () => string;
  readonly #clock: () => Date;
  readonly #log: Log;
  readonly #held = new Set<HeldLease>();

  constructor(options: {
    directory: string;
    staleMs: number;
    uniqueName: () => string;
    clock: () => Date;
    log: Log;
  }) {
    this.#directory = options.directory;
    this.#staleMs = options.staleMs;
    this.#uniqueName = options.uniqueName;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** @throws {LeaseTaken} when others keep theirs for longer than the patience lasts; says who and since when */
  async take({ mode, holder, patienceMs = PATIENCE_MS, signal }: LeaseOptions): Promise<Lease> {
    const wait = new Wait(patienceMs, holder, signal);
    // Each first shows itself and then looks for the other kind: so never do both find that they are alone.
    return mode === 'exclusive' ? this.#takeExclusive(holder, wait) : this.#takeShared(holder, wait);
  }

  async releaseAll(): Promise<void> {
    for (const lease of [...this.#held]) await lease.release();
  }

  async #takeExclusive(holder: string, wait: Wait): Promise<Lease> {
    let lease = await this.#create(exclusiveName, holder);
    while (lease === undefined) {
      await this.#pause(wait, exclusiveName);
      lease = await this.#create(exclusiveName, holder);
    }
    try {
      for (let [other] = await this.#shared(); other !== undefined; [other] = await this.#shared())
        await this.#pause(wait, other);
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async #takeShared(holder: string, wait: Wait): Promise<Lease> {
    for (;;) {
      const lease = await this.#create(`${this.#uniqueName()}${suffix}`, holder);
      const others = await this.#names();
      if (lease !== undefined && !others.includes(exclusiveName)) return lease;
      await lease?.release();
      if (others.includes(exclusiveName)) await this.#pause(wait, exclusiveName);
    }
  }

  async #names(): Promise<readonly string[]> {
    const names = await attempt('list', this.#directory, readdir(this.#directory));
    return names.filter((name) => name.endsWith(suffix));
  }

  async #shared(): Promise<readonly string[]> {
    return (await this.#names()).filter((name) => name !== exclusiveName);
  }

  /** @returns undefined when the name is taken */
  async #create(name: string, holder: string): Promise<HeldLease | undefined> {
    const path = join(this.#directory, name);
    let handle: FileHandle;
    try {
      handle = await createFile(path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return undefined;
      throw error;
    }
    const ended = (): void => void this.#held.delete(lease);
    const { ino: inode } = await handle.stat({ bigint: true });
    const lease = new HeldLease({ path, handle, inode, beatMs: this.#staleMs / 5, log: this.#log, ended });
    await lease.sign({ holder, since: this.#clock().toISOString() });
    this.#held.add(lease);
    return lease;
  }

  /** Waits a little, and removes the file of an owner that has given no sign of life for too long. */
  async #pause(wait: Wait, name: string): Promise<void> {
    const path = join(this.#directory, name);
    const identity = await identityOf(path);
    if (identity !== undefined && wait.unchangedMs(name, identity) >= this.#staleMs) {
      await takeOver(path, identity, join(this.#directory, `${this.#uniqueName()}.tmp`), this.#log);
      return;
    }
    wait.signal?.throwIfAborted();
    if (wait.isOver)
      throw new LeaseTaken(`${wait.holder} has to wait: ${await whoseLease(path)}`, { path, code: 'EBUSY' });
    await sleep(POLL_MS);
  }
}

/** One wait for others, and since when each of their files has looked as it does: its time would say nothing after the clock jumped. */
class Wait {
  readonly holder: string;
  readonly signal: AbortSignal | undefined;
  readonly #end: number;
  readonly #seen = new Map<string, { readonly identity: string; readonly since: number }>();

  constructor(patienceMs: number, holder: string, signal: AbortSignal | undefined) {
    this.holder = holder;
    this.signal = signal;
    this.#end = performance.now() + patienceMs;
  }

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  unchangedMs(name: string, identity: string): number {
    const now = performance.now();
    const seen = this.#seen.get(name);
    if (seen?.identity === identity) return now - seen.since;
    this.#seen.set(name, { identity, since: now });
    return 0;
  }
}
