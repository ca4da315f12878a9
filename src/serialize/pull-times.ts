// When each manifest was last pulled, written behind: no pull waits for it, and no pull fails by it.
import type { Digest } from '../oci/digest.ts';
import type { HolderKind } from './holder.ts';
import type { Log } from '../log/log.ts';
import type { Store } from './store.ts';

export interface PullTimesOptions {
  /** A holder is rewritten at most once in this time, however often it is pulled; 60,000 ms. */
  readonly intervalMs?: number;
  /** Told of each time that was written: the holder is ours, so that no rewalk shows it. */
  readonly onWritten?: (digest: Digest, lastPulled: string) => void;
  readonly log: Log;
}

export class PullTimes {
  readonly #store: Pick<Store, 'holderUpdate'>;
  readonly #clock: () => Date;
  readonly #log: Log;
  readonly #onWritten: PullTimesOptions['onWritten'];
  readonly #timer: NodeJS.Timeout;
  #pending = new Map<Digest, { kind: HolderKind; pulled: string }>();
  #flushing: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, 'holderUpdate'>, clock: () => Date, options: PullTimesOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = options.log;
    this.#onWritten = options.onWritten;
    this.#timer = setInterval(() => void this.flush(), options.intervalMs ?? 60_000);
    this.#timer.unref(); // a server that is done need not wait for bookkeeping that close() will do
  }

  /** Notes a pull; does no I/O. */
  touch(digest: Digest, kind: HolderKind): void {
    this.#pending.set(digest, { kind, pulled: this.#clock().toISOString() });
  }

  /** Writes what was noted. Never rejects: what could not be written is logged and kept for the next time. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    await this.#flushing;
  }

  /** Flushes and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(): Promise<void> {
    const batch = this.#pending;
    this.#pending = new Map();
    const errors: unknown[] = [];
    for (const [digest, note] of batch) {
      try {
        await this.#store.holderUpdate(digest, note.kind, (holder) => {
          if (holder === undefined) return undefined; // pruned in the meantime
          const later =
            holder.lastPulled === undefined || Date.parse(holder.lastPulled) < Date.parse(note.pulled);
          return later ? { ...holder, lastPulled: note.pulled } : holder;
        });
        this.#onWritten?.(digest, note.pulled);
      } catch (error) {
        errors.push(error);
        if (!this.#pending.has(digest)) this.#pending.set(digest, note);
      }
    }
    if (errors.length === 0) return;
    // One line for all: on a full disk each of ten thousand holders fails in the same way.
    this.#log.warn('cannot write when manifests were last pulled', {
      holders: errors.length,
      error: errors[0],
    });
  }
}
