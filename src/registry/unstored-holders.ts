// Manifests that the disk did not take: kept in memory, and written as soon as there is room.
import { LRUCache } from 'lru-cache';
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import type { Holder, HolderKind } from '../serialize/holder.ts';
import type { Store } from '../serialize/store.ts';

/** What is to become of a holder, whatever it is by then. */
export type HolderChange = (current: Holder | undefined) => Holder | undefined;

interface Unstored {
  readonly kind: HolderKind;
  /** As it would be. */
  readonly holder: Holder;
  readonly change: HolderChange;
}

const RETRY_MS = 2000;
/** A disk may stay full for ever; what is dropped is fetched again. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

export class UnstoredHolders {
  readonly #store: Pick<Store, 'holderUpdate'>;
  readonly #log: Log;
  readonly #unstored = new LRUCache<Digest, Unstored>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ holder }) => holder.manifest.length + 1,
  });
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: { readonly store: Pick<Store, 'holderUpdate'>; readonly log: Log }) {
    this.#store = parts.store;
    this.#log = parts.log;
  }

  get(digest: Digest): Holder | undefined {
    return this.#unstored.peek(digest)?.holder;
  }

  /** All that the disk has not taken so far, and then another change. */
  after(digest: Digest, change: HolderChange): HolderChange {
    const before = this.#unstored.peek(digest)?.change;
    return before === undefined ? change : (current) => change(before(current));
  }

  keep(kind: HolderKind, holder: Holder, change: HolderChange): void {
    this.#unstored.set(holder.digest, { kind, holder, change });
    this.#retryLater();
  }

  /** It is on the disk, or nobody wants it any more. */
  delete(digest: Digest): void {
    this.#unstored.delete(digest);
  }

  /** Tries a last time. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#write();
    clearTimeout(this.#timer);
  }

  #retryLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write();
    }, RETRY_MS).unref();
  }

  async #write(): Promise<void> {
    for (const [digest, unstored] of [...this.#unstored.entries()]) {
      try {
        await this.#store.holderUpdate(digest, unstored.kind, unstored.change);
      } catch {
        // Said when it was kept; a disk that does not take this one takes no other.
        this.#retryLater();
        return;
      }
      // What it has gained while it was written is still to be written.
      if (this.#unstored.peek(digest) === unstored) this.#unstored.delete(digest);
      else this.#retryLater();
      this.#log.info('a manifest that the disk had not taken is stored', { digest });
    }
  }
}
