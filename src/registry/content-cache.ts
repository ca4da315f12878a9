// The cached content: the disk with its index in memory, kept in step. A miss in memory looks at the disk.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { StoreError } from '../serialize/errors.ts';
import type { Holder, HolderKind } from '../serialize/holder.ts';
import { MemoryBlob } from '../serialize/memory-blob.ts';
import type { BlobFile, DecideOnBlob } from '../serialize/store.ts';
import { boundAfter } from '../serialize/tags.ts';
import { Coalesced } from './coalesce.ts';
import { DiskIndex } from './disk-index.ts';
import type { CacheParts } from './disk-index.ts';
import type { StoredManifest } from './holder-entry.ts';
import { holderOf, isPinned, newHolder, withoutTag, withPin, withReference } from './holder-entry.ts';
import { readSmallBlob, SMALL_BLOB } from './small-blob.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { UnstoredHolders } from './unstored-holders.ts';
import type { HolderChange } from './unstored-holders.ts';

export class ContentCache {
  /** What of the disk is in memory. */
  readonly index: DiskIndex;
  readonly #parts: CacheParts;
  readonly #unstored: UnstoredHolders;
  readonly #opening = new Coalesced<BlobFile | undefined>();

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.index = new DiskIndex(parts);
    this.#unstored = new UnstoredHolders(parts);
  }

  get #memory(): Memcache {
    return this.#parts.memcache;
  }

  get memcache(): Memcache {
    return this.#parts.memcache;
  }

  /** What the disk did not take it is offered a last time. */
  async close(): Promise<void> {
    await this.#unstored.close();
  }

  byTag(repository: RepositoryId, tag: Tag): ManifestEntry | undefined {
    return this.#memory.manifests.byTag(repository, tag);
  }

  async manifest(digest: Digest): Promise<ManifestEntry | undefined> {
    return this.#memory.manifests.get(digest) ?? this.index.read(digest);
  }

  /** The exact bytes of a manifest; undefined, and the manifest forgotten, when they are gone from the disk. */
  async manifestBytes(digest: Digest): Promise<Buffer | undefined> {
    const known = this.#memory.bytes.get(digest);
    if (known !== undefined) return known;
    const holder = (await this.#parts.store.holderRead(digest)) ?? this.#unstored.get(digest);
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
    required?: 'required',
  ): Promise<ManifestEntry | undefined> {
    const known = entry.references.has(targetId(target)) && (entry.anonymous || !anonymous);
    if (known && tag === undefined) return entry;
    return this.#update(
      target,
      entry.digest,
      holderKind(entry),
      tag,
      (current) => current && { ...current, anonymous: current.anonymous || anonymous },
      required,
    );
  }

  /**
   * Stores a manifest that no repository has yet.
   * @throws {StoreError} when the disk does not take it
   */
  async keepManifest(stored: StoredManifest): Promise<void> {
    const kind = stored.manifest.kind === 'index' ? 'fat' : 'img';
    const make = (current: Holder | undefined): Holder => current ?? newHolder(stored, this.#parts.clock());
    await this.#write(stored.digest, kind, make, 'required');
  }

  /** The new holder is written before the old one gives the tag up: at no crash point does the tag lead nowhere. */
  async #update(
    target: Target,
    digest: Digest,
    kind: HolderKind,
    tag: Tag | undefined,
    change: (current: Holder | undefined) => Holder | undefined,
    required?: 'required',
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
    const referring = (current: Holder | undefined): Holder | undefined => {
      const changed = change(current);
      return changed && withReference(changed, target, binding);
    };
    const entry = await this.#write(digest, kind, referring, required);
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

  /**
   * Changes a holder. On a disk that takes nothing the change holds in memory, because a pull does not fail by it.
   * @param required whether it has to be on the disk
   */
  async #write(
    digest: Digest,
    kind: HolderKind,
    latest: HolderChange,
    required?: 'required',
  ): Promise<ManifestEntry | undefined> {
    const change = this.#unstored.after(digest, latest);
    let changed: Holder | undefined;
    try {
      await this.#parts.store.holderUpdate(digest, kind, (current) => (changed = change(current)));
      this.#unstored.delete(digest);
    } catch (error) {
      if (required || !(error instanceof StoreError)) throw error;
      // A disk on which nothing can be created has not even looked.
      changed ??= change(await this.#parts.store.holderRead(digest));
      if (changed === undefined) throw error;
      this.#parts.diskFailed();
      this.#unstored.keep(kind, changed, change);
      this.#parts.log.error('a manifest cannot be stored; it is served from memory', { digest, error });
    }
    return changed && this.index.remember(changed);
  }

  /** Keeps a cached manifest for the target's repository: wherever the tag moves, or itself where none is given. */
  async pin(
    target: Target,
    entry: ManifestEntry,
    tag: Tag | undefined,
    required?: 'required',
  ): Promise<void> {
    const pinning = (current: Holder | undefined): Holder | undefined =>
      current && withPin(current, target, tag);
    await this.#write(entry.digest, holderKind(entry), pinning, required);
  }

  /**
   * Changes or removes a manifest for somebody who must know whether the disk has taken it.
   * @param change what the holder is to be; decides on it as it is, for it may have changed since it was chosen
   * @returns whether it has changed
   * @throws {StoreError} when the disk does not take it; then all stays as it was
   */
  async changeManifest(
    entry: ManifestEntry,
    change: (current: Holder) => Holder | undefined,
  ): Promise<boolean> {
    let before: Holder | undefined;
    let after: Holder | undefined;
    await this.#parts.store.holderUpdate(entry.digest, holderKind(entry), (current) => {
      before = current;
      after = current && change(current);
      return after;
    });
    this.index.removed();
    this.#unstored.delete(entry.digest);
    if (after === undefined) this.index.forget(entry.digest);
    else this.index.remember(after);
    return before !== after;
  }

  /**
   * Removes a blob if `decide` still agrees.
   * @returns the bytes that are gone; undefined when it stayed
   * @throws {StoreError} when the disk does not take it
   */
  async removeBlob(digest: Digest, decide: DecideOnBlob): Promise<number | undefined> {
    const bytes = await this.#parts.store.blobDelete(digest, decide);
    this.index.removed();
    if (bytes !== undefined) this.#memory.blobs.forget(digest);
    return bytes;
  }

  /** When a manifest was last pulled, or else came: ISO time. */
  pulledAt(entry: ManifestEntry): string {
    return this.#parts.pullTimes.pending(entry.digest) ?? entry.lastPulled ?? entry.created;
  }

  /** What was pulled is on the disk; where it is not, another process has removed it, and perhaps more. */
  pullWritten(digest: Digest, pulled: string | undefined): void {
    if (pulled === undefined) this.index.refresh();
    else this.#memory.manifests.pulled(digest, pulled);
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
    const removals = this.index.removals;
    const found = await this.#parts.store.blobStat(digest);
    if (found === undefined) return undefined;
    await this.index.learnLinks(digest);
    if (removals !== this.index.removals) return this.blobSize(digest);
    this.#memory.blobs.put(digest, found.size);
    return found.size;
  }

  /** Opens a cached blob; undefined, and the blob forgotten, when it is gone from the disk or found damaged. */
  async openBlob(digest: Digest): Promise<BlobFile | undefined> {
    const known = this.#memory.blobs.size(digest) ?? Infinity;
    if (known <= SMALL_BLOB) return this.#opening.run(digest, () => this.#openSmall(digest));
    const file = await this.#parts.store.blobOpen(digest);
    if (file === undefined) this.#isGone(digest);
    return file;
  }

  /** Gone without us: another process may have pruned, and the manifests are to be fetched again too. */
  #isGone(digest: Digest): void {
    this.#memory.blobs.delete(digest);
    this.index.refresh();
  }

  /** Reads a small blob whole: then it can be verified, and need not be read again. */
  async #openSmall(digest: Digest): Promise<BlobFile | undefined> {
    const { store, memcache, log } = this.#parts;
    const bytes = await readSmallBlob(store, digest, log);
    if (bytes !== undefined) {
      memcache.blobs.keepContent(digest, bytes);
      return new MemoryBlob(bytes);
    }
    this.#isGone(digest);
    return undefined;
  }

  /** Records that a repository's registry has delivered or confirmed a blob. */
  async linkBlob(repository: RepositoryId, digest: Digest, anonymous: boolean): Promise<void> {
    const { blobs } = this.#memory;
    if (blobs.isLinked(digest, repository) && (blobs.isPublic(digest) || !anonymous)) return;
    blobs.link(digest, anonymous, [repository]);
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
}

function holderKind(entry: ManifestEntry): HolderKind {
  return entry.kind === 'index' ? 'fat' : 'img';
}
