// The cached content: the disk with its index in memory, kept in step. A miss in memory looks at the disk.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { Log } from '../log/log.ts';
import { StoreError } from '../serialize/errors.ts';
import type { Holder, HolderKind } from '../serialize/holder.ts';
import type { PullTimes } from '../serialize/pull-times.ts';
import type { BlobFile, Store } from '../serialize/store.ts';
import { boundAfter } from '../serialize/tags.ts';
import type { StoredManifest } from './holder-entry.ts';
import {
  entryOf,
  holderOf,
  isPinned,
  manifestOf,
  newHolder,
  withoutTag,
  withPin,
  withReference,
} from './holder-entry.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

export interface CacheParts {
  readonly store: Store;
  readonly memcache: Memcache;
  readonly pullTimes: PullTimes;
  readonly clock: () => Date;
  readonly log: Log;
}

/** At most one look per second at what other processes wrote, however many tags are asked for. */
const REFRESH_MS = 1000;

export class ContentCache {
  readonly #parts: CacheParts;
  #refreshed = 0;
  #refreshing: Promise<void> | undefined;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  get #memory(): Memcache {
    return this.#parts.memcache;
  }

  get memcache(): Memcache {
    return this.#parts.memcache;
  }

  /** Indexes the directory without reading blobs. */
  async load(): Promise<void> {
    const { store, memcache } = this.#parts;
    for await (const entry of store.walk()) {
      if (entry.kind === 'holder') this.#remember(entry.holder);
      else if (entry.kind === 'blob') memcache.blobs.put(entry.digest, entry.size);
      else
        memcache.blobs.link(
          entry.record.digest,
          entry.record.anonymous,
          entry.record.repositories as RepositoryId[],
        );
    }
  }

  /** Learns what other processes on the same directory have stored since; never rejects. */
  async refresh(): Promise<void> {
    const now = this.#parts.clock().getTime();
    if (this.#refreshing === undefined && Math.abs(now - this.#refreshed) >= REFRESH_MS) {
      this.#refreshed = now;
      this.#refreshing = this.#rewalk().finally(() => (this.#refreshing = undefined));
    }
    await this.#refreshing;
  }

  async #rewalk(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      for await (const { holder } of store.rewalk()) this.#remember(holder);
    } catch (error) {
      log.warn('cannot look at what other processes have stored', { error });
    }
  }

  byTag(repository: RepositoryId, tag: Tag): ManifestEntry | undefined {
    return this.#memory.manifests.byTag(repository, tag);
  }

  async manifest(digest: Digest): Promise<ManifestEntry | undefined> {
    const known = this.#memory.manifests.get(digest);
    if (known !== undefined) return known;
    const holder = await this.#parts.store.holderRead(digest);
    return holder && this.#remember(holder);
  }

  /** The exact bytes of a manifest; undefined, and the manifest forgotten, when they are gone from the disk. */
  async manifestBytes(digest: Digest): Promise<Buffer | undefined> {
    const known = this.#memory.bytes.get(digest);
    if (known !== undefined) return known;
    const holder = await this.#parts.store.holderRead(digest);
    if (holder === undefined) {
      this.#memory.manifests.delete(digest);
      return undefined;
    }
    const bytes = Buffer.from(holder.manifest);
    this.#memory.bytes.set(digest, bytes);
    return bytes;
  }

  /** Stores a manifest that the target's registry has delivered, and moves the tag to it when one is given. */
  async putManifest(target: Target, stored: StoredManifest, tag: Tag | undefined): Promise<ManifestEntry> {
    const kind = stored.manifest.kind === 'index' ? 'fat' : 'img';
    this.#memory.bytes.set(stored.digest, stored.bytes);
    const entry = await this.#update(target, stored.digest, kind, tag, (current) => {
      const holder = current ?? newHolder(stored, this.#parts.clock());
      return { ...holder, anonymous: holder.anonymous || stored.anonymous };
    });
    if (entry === undefined) throw new Error(`${stored.digest} was stored and cannot be read`);
    return entry;
  }

  /** Records that the target's registry has this cached manifest too, and moves the tag to it when one is given. */
  async linkManifest(
    target: Target,
    entry: ManifestEntry,
    anonymous: boolean,
    tag: Tag | undefined,
  ): Promise<ManifestEntry | undefined> {
    const known = entry.references.has(targetId(target)) && (entry.anonymous || !anonymous);
    if (known && tag === undefined) return entry;
    return this.#update(
      target,
      entry.digest,
      holderKind(entry),
      tag,
      (current) => current && { ...current, anonymous: current.anonymous || anonymous },
    );
  }

  /** The new holder is written before the old one gives the tag up: at no crash point does the tag lead nowhere. */
  async #update(
    target: Target,
    digest: Digest,
    kind: HolderKind,
    tag: Tag | undefined,
    change: (current: Holder | undefined) => Holder | undefined,
  ): Promise<ManifestEntry | undefined> {
    const id = targetId(target);
    const previous = tag === undefined ? undefined : this.byTag(id, tag);
    const replaced = tag === undefined ? undefined : previous?.references.get(id)?.get(tag)?.bound;
    const now = this.#parts.clock();
    const moves = tag !== undefined && previous !== undefined && previous.digest !== digest;
    // From the disk, because another process may have pinned the tag.
    const left = moves ? await this.#parts.store.holderRead(previous.digest) : undefined;
    const binding =
      tag === undefined
        ? undefined
        : {
            tag,
            bound: boundAfter(replaced, now),
            revalidated: now.toISOString(),
            ...(left !== undefined && isPinned(left, target, tag) && { pinned: true as const }),
          };
    const entry = await this.#write(digest, kind, (current) => {
      const changed = change(current);
      return changed && withReference(changed, target, binding);
    });
    if (moves) {
      await this.#write(
        previous.digest,
        holderKind(previous),
        (current) => current && withoutTag(current, target, tag),
      );
      this.#parts.log.info('tag moved', { repository: id, tag, from: previous.digest, to: digest });
    }
    return entry;
  }

  /** Writes the holder of a manifest that was lost anew, as memory knows it: with its tags, and what is pinned. */
  async restore(entry: ManifestEntry, bytes: Buffer): Promise<void> {
    this.#memory.bytes.set(entry.digest, bytes);
    await this.#write(entry.digest, holderKind(entry), (current) => current ?? holderOf(entry, bytes));
  }

  /** Changes a holder. On a disk that takes nothing the change holds in memory: a pull does not fail by it. */
  async #write(
    digest: Digest,
    kind: HolderKind,
    change: (current: Holder | undefined) => Holder | undefined,
  ): Promise<ManifestEntry | undefined> {
    let changed: Holder | undefined;
    try {
      await this.#parts.store.holderUpdate(digest, kind, (current) => (changed = change(current)));
    } catch (error) {
      if (!(error instanceof StoreError) || changed === undefined) throw error;
      this.#parts.log.error('a manifest cannot be stored; it is served from memory', { digest, error });
    }
    return changed && this.#remember(changed);
  }

  /** Keeps a cached manifest for the target's repository: wherever the tag moves, or itself where none is given. */
  async pin(target: Target, entry: ManifestEntry, tag: Tag | undefined): Promise<void> {
    await this.#write(entry.digest, holderKind(entry), (current) => current && withPin(current, target, tag));
  }

  /** Notes that the upstream has just confirmed that a tag leads to a manifest. */
  revalidated(repository: RepositoryId, tag: Tag, digest: Digest): void {
    this.#memory.manifests.revalidated(repository, tag, digest, this.#parts.clock().getTime());
  }

  /** Notes a pull for `lastPulled`; written behind, never waited for. */
  touch(entry: ManifestEntry): void {
    this.#parts.pullTimes.touch(entry.digest, holderKind(entry));
  }

  /** Bytes, or undefined when the blob is not cached. */
  async blobSize(digest: Digest): Promise<number | undefined> {
    const known = this.#memory.blobs.size(digest);
    if (known !== undefined) return known;
    const found = await this.#parts.store.blobStat(digest);
    if (found === undefined) return undefined;
    const record = await this.#parts.store.linkRead(digest);
    if (record !== undefined)
      this.#memory.blobs.link(digest, record.anonymous, record.repositories as RepositoryId[]);
    this.#memory.blobs.put(digest, found.size);
    return found.size;
  }

  /** Opens a cached blob; undefined, and the blob forgotten, when it is gone from the disk. */
  async openBlob(digest: Digest): Promise<BlobFile | undefined> {
    const file = await this.#parts.store.blobOpen(digest);
    if (file === undefined) this.#memory.blobs.delete(digest);
    return file;
  }

  /** Records that a repository's registry has delivered or confirmed a blob. */
  async linkBlob(repository: RepositoryId, digest: Digest, anonymous: boolean): Promise<void> {
    const known = this.#memory.blobs.links(digest);
    if (known.repositories.has(repository) && (known.anonymous || !anonymous)) return;
    this.#memory.blobs.link(digest, anonymous, [repository]);
    await this.#parts.store
      .linkAdd({ digest, anonymous, repositories: [repository] })
      .catch((error: unknown) => {
        this.#parts.log.error('a link cannot be stored; it holds until the server stops', {
          digest,
          repository,
          error,
        });
      });
  }

  /** The size that a cached manifest, of one repository or of any, gives for a blob that is not cached. */
  expectedSize(digest: Digest, repository?: RepositoryId): number | undefined {
    for (const parent of this.#memory.manifests.parents(digest)) {
      const entry = this.#memory.manifests.get(parent);
      if (repository !== undefined && entry?.references.has(repository) !== true) continue;
      const child = entry?.children.find((candidate) => candidate.digest === digest);
      if (child !== undefined) return child.size;
    }
    return undefined;
  }

  #remember(holder: Holder): ManifestEntry | undefined {
    try {
      const entry = entryOf(holder, manifestOf(holder));
      this.#memory.manifests.put(entry);
      return entry;
    } catch (error) {
      this.#parts.log.warn('a cached manifest cannot be read and counts as absent', {
        digest: holder.digest,
        error: String(error),
      });
      return undefined;
    }
  }
}

function holderKind(entry: ManifestEntry): HolderKind {
  return entry.kind === 'index' ? 'fat' : 'img';
}
