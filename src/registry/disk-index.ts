// The disk's index in memory: made at start, and kept in step with what other processes write and take away.
import type { Log } from '../log/log.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { Holder } from '../serialize/holder.ts';
import type { PullTimes } from '../serialize/pull-times.ts';
import type { BlobEntry, Store } from '../serialize/store.ts';
import { runQueue } from '../thread/run-queue.ts';
import { entryOf, manifestOf } from './holder-entry.ts';

/** At most one look per second at what other processes wrote, however many tags are asked for. */
const REFRESH_MS = 1000;

export interface CacheParts {
  readonly store: Store;
  readonly memcache: Memcache;
  readonly pullTimes: PullTimes;
  readonly clock: () => Date;
  readonly log: Log;
  /** To be called when the disk has not taken something: there may be too little room. */
  readonly diskFailed: () => void;
}

export class DiskIndex {
  readonly #parts: CacheParts;
  #refreshed = 0;
  #refreshing: Promise<void> | undefined;
  #learning: Promise<void> = Promise.resolve();
  #removals = 0;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  /** Indexes the directory without reading blobs. */
  async load(): Promise<void> {
    for await (const entry of this.#parts.store.walk()) {
      if (entry.kind === 'holder') this.remember(entry.holder);
      else this.#rememberBlob(entry);
    }
  }

  /** Begins to learn which manifests other processes have stored or taken away, if that was not looked at lately. */
  refresh(): void {
    const { clock, log } = this.#parts;
    const now = clock().getTime();
    if (this.#refreshing !== undefined || Math.abs(now - this.#refreshed) < REFRESH_MS) return;
    this.#refreshed = now;
    this.#refreshing = this.#rewalk()
      .catch((error: unknown) => log.warn('cannot look at what other processes have changed', { error }))
      .finally(() => (this.#refreshing = undefined));
  }

  /** As `refresh`, and waits until it is done; never rejects. */
  async refreshed(): Promise<void> {
    this.refresh();
    if (this.#refreshing !== undefined) await runQueue.after(this.#refreshing);
  }

  /**
   * Like `refresh`, at once and whatever was looked at before.
   * @throws {StoreError} when the directory cannot be read
   */
  async learnManifests(): Promise<void> {
    await this.#refreshing;
    await this.#rewalk();
  }

  /**
   * Learns all that other processes have changed, also blobs and their links, and when manifests were last pulled.
   * For those who want to know what is there: pulls look at the disk for the one thing that they miss.
   * @throws {StoreError} when the directory cannot be read
   */
  async learn(): Promise<void> {
    const turn = this.#learning.then(async () => {
      await this.#parts.pullTimes.flush();
      await this.learnManifests();
      await this.#rewalkBlobs();
    });
    this.#learning = turn.catch(() => undefined);
    await turn;
  }

  /** Learns what the disk has of a manifest now. */
  async read(digest: Digest): Promise<ManifestEntry | undefined> {
    for (;;) {
      const removals = this.#removals;
      const holder = await this.#parts.store.holderRead(digest);
      if (removals !== this.#removals) continue;
      if (holder === undefined) this.forget(digest);
      return holder && this.remember(holder);
    }
  }

  /** Learns what other processes have said since of who may have a manifest or a blob. */
  async relearn(digest: Digest): Promise<void> {
    const holder = await this.#parts.store.holderRead(digest);
    if (holder !== undefined) this.remember(holder);
    await this.learnLinks(digest);
  }

  /** Learns who may have a blob. */
  async learnLinks(digest: Digest): Promise<void> {
    const record = await this.#parts.store.linkRead(digest);
    if (record !== undefined) this.#rememberBlob({ kind: 'link', record });
  }

  remember(holder: Holder): ManifestEntry | undefined {
    try {
      const entry = entryOf(holder, manifestOf(holder));
      this.#parts.memcache.manifests.put(entry);
      return entry;
    } catch (error) {
      this.#parts.log.warn('a cached manifest cannot be read and counts as absent', {
        digest: holder.digest,
        error: String(error),
      });
      return undefined;
    }
  }

  forget(digest: Digest): void {
    this.#parts.memcache.manifests.delete(digest);
    this.#parts.memcache.bytes.delete(digest);
  }

  /** So many removals there were: what was read before one of them may have been taken away by it. */
  get removals(): number {
    return this.#removals;
  }

  /** To be called when something has been taken from the disk, before it is taken from memory. */
  removed(): void {
    this.#removals += 1;
  }

  async #rewalk(): Promise<void> {
    const removals = this.#removals;
    let wasPruned = false;
    for await (const entry of this.#parts.store.rewalk()) {
      if (entry.kind === 'gone') {
        wasPruned = true;
        await this.read(entry.digest);
      } else if (removals !== this.#removals) await this.read(entry.holder.digest);
      else this.remember(entry.holder);
    }
    // Small blobs that are in memory would be served for ever, and never be on the disk again.
    if (wasPruned) await this.#rewalkBlobs();
  }

  async #rewalkBlobs(): Promise<void> {
    const { store, memcache } = this.#parts;
    for await (const entry of store.rewalkBlobs(memcache.blobs.digests())) {
      if (entry.kind === 'gone') memcache.blobs.delete(entry.digest);
      else this.#rememberBlob(entry);
    }
  }

  #rememberBlob(entry: BlobEntry): void {
    const { blobs } = this.#parts.memcache;
    if (entry.kind === 'blob') {
      blobs.put(entry.digest, entry.size);
      return;
    }
    const { digest, anonymous, repositories } = entry.record;
    blobs.link(digest, anonymous, repositories as RepositoryId[]);
  }
}
