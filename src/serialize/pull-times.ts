// When each manifest was last pulled, written behind: no pull waits for it, and no pull fails by it.
import type { Digest } from '../oci/digest.ts';
import type { HolderKind } from './holder.ts';
import type { Log } from '../log/log.ts';
import type { Store } from './store.ts';

export interface PullTimesOptions {
  /** A holder is rewritten at most once in this time, however often it is pulled; 60,000 ms. */
  readonly intervalMs?: number;
  /** Told what has been written; undefined where the holder is gone. */
  readonly onWritten?: (digest: Digest, pulled: string | undefined) => void;
  readonly log: Log;
}

interface Note {
  readonly kind: HolderKind;
  readonly pulled: string;
}

export class PullTimes {
  readonly #store: Pick<Store, 'holderUpdate'>;
  readonly #clock: () => Date;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #onWritten: NonNullable<PullTimesOptions['onWritten']>;
  #pending = new Map<Digest, Note>();
  /** What is being written now. */
  #writing: ReadonlyMap<Digest, Note> = new Map();
  #flushing: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, 'holderUpdate'>, clock: () => Date, options: PullTimesOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = options.log;
    this.#onWritten = options.onWritten ?? (() => undefined);
    this.#timer = setInterval(() => void this.flush(), options.intervalMs ?? 60_000);
    this.#timer.unref(); // a server that is done need not wait for bookkeeping that close() will do
  }

  /** Notes a pull; does no I/O. */
  touch(digest: Digest, kind: HolderKind): void {
    this.#pending.set(digest, { kind, pulled: this.#clock().toISOString() });
  }

  /** The last pull, where it is not written yet. */
  pending(digest: Digest): string | undefined {
    return (this.#pending.get(digest) ?? this.#writing.get(digest))?.pulled;
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
    this.#writing = batch;
    const errors: unknown[] = [];
    for (const [digest, note] of batch) {
      let pulled: string | undefined;
      try {
        await this.#store.holderUpdate(digest, note.kind, (holder) => {
          pulled = holder && note.pulled;
          if (holder === undefined) return undefined; // pruned in the meantime
          const later =
            holder.lastPulled === undefined || Date.parse(holder.lastPulled) < Date.parse(note.pulled);
          return later ? { ...holder, lastPulled: note.pulled } : holder;
        });
        this.#onWritten(digest, pulled);
      } catch (error) {
        errors.push(error);
        if (!this.#pending.has(digest)) this.#pending.set(digest, note);
      }
    }
    this.#writing = new Map();
    if (errors.length === 0) return;
    // One line for all: on a full disk each of ten thousand holders fails in the same way.
    this.#log.warn('cannot write when manifests were last pulled', {
      holders: errors.length,
      error: errors[0],
    });
  }
}
