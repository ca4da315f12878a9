// The intake: content that somebody brings in a file takes the same way onto the disk as what an upstream delivers.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { DigestMismatch } from '../serialize/errors.ts';
import type { Store } from '../serialize/store.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';
import type { Misses } from './misses.ts';
import type { StoredManifest } from './holder-entry.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

export { DigestMismatch } from '../serialize/errors.ts';
export type { StoredManifest } from './holder-entry.ts';

export interface Intake {
  /** Bytes of a blob that is on the disk, whoever may have it. */
  blobSize(digest: Digest): Promise<number | undefined>;
  /**
   * Stores a blob unless it is there; where it is, `bytes` is not read. No repository is served it before it is linked.
   * @returns whether it had to be stored
   * @throws {DigestMismatch} when the bytes are not those of the digest; nothing is kept of them
   * @throws {StoreError} when the disk does not take it
   */
  blob(digest: Digest, bytes: AsyncIterable<Uint8Array>): Promise<boolean>;
  /**
   * Says that a repository has a blob.
   * @param anonymous whether it is public content
   */
  link(target: Target, digest: Digest, anonymous: boolean): Promise<void>;
  /** Stores a manifest for a repository, and moves the tag to it where one is given. */
  manifest(target: Target, stored: StoredManifest, tag?: Tag): Promise<ManifestEntry>;

  /** The exact bytes of a manifest that is stored, whoever may have it. */
  manifestBytes(digest: Digest): Promise<Buffer | undefined>;
  /**
   * Stores a manifest unless it is there. No repository is served it before it is linked.
   * @throws {StoreError} when the disk does not take it
   */
  keepManifest(stored: StoredManifest): Promise<void>;
  /** How a repository stands to a manifest, or its tag where one is given. */
  standing(target: Target, digest: Digest, tag?: Tag): Promise<Standing>;
  /**
   * Says on the disk that repositories have a blob that is there.
   * @param anonymous whether it is public content
   * @throws {StoreError} when the disk does not take it
   */
  shareBlob(targets: readonly Target[], digest: Digest, anonymous: boolean): Promise<void>;
  /**
   * Says on the disk that a repository has a manifest that is there, and moves the tag to it where one is given.
   * @throws {StoreError} when the disk does not take it
   */
  shareManifest(target: Target, digest: Digest, anonymous: boolean, tag?: Tag): Promise<void>;
  /**
   * Keeps what a tag leads to, wherever it moves, or the manifest itself where none is given.
   * @throws {StoreError} when the disk does not take it
   */
  pin(target: Target, digest: Digest, tag?: Tag): Promise<void>;
}

/** `moved` is a tag that leads elsewhere until now. */
export type Standing = 'new' | 'moved' | 'unchanged';

export function createIntake(parts: {
  readonly store: Store;
  readonly cache: ContentCache;
  readonly fills: Pick<Fills, 'get'>;
  readonly misses: Misses;
}): Intake {
  const { store, cache, fills, misses } = parts;
  const manifestCame = (target: Target, digest: Digest, tag: Tag | undefined): void => {
    for (const reference of [digest, ...(tag === undefined ? [] : [tag])])
      misses.fetched('manifest', target, reference);
  };
  return {
    // From the disk, because another process may have deleted it.
    blobSize: async (digest) => (await store.blobStat(digest))?.size,
    async blob(digest, bytes) {
      await fills.get(digest)?.fill.ended;
      if ((await cache.blobSize(digest)) !== undefined) return false;
      await stored(store, digest, bytes);
      await cache.blobSize(digest);
      return true;
    },
    async link(target, digest, anonymous) {
      await cache.linkBlob(targetId(target), digest, anonymous);
      misses.fetched('blob', target, digest);
    },
    async manifest(target, manifest, tag) {
      const entry = await cache.putManifest(target, manifest, tag);
      manifestCame(target, manifest.digest, tag);
      return entry;
    },

    manifestBytes: (digest) => cache.manifestBytes(digest),
    async keepManifest(stored) {
      if ((await cache.manifest(stored.digest)) === undefined) await cache.keepManifest(stored);
    },
    async standing(target, digest, tag) {
      const id = targetId(target);
      const entry = await cache.manifest(digest);
      if (tag === undefined) return entry?.references.has(id) === true ? 'unchanged' : 'new';
      const bound = cache.byTag(id, tag);
      if (bound === undefined) return 'new';
      return bound.digest === digest ? 'unchanged' : 'moved';
    },
    async shareBlob(targets, digest, anonymous) {
      for (const target of targets) misses.fetched('blob', target, digest);
      const repositories = targets.map(targetId);
      const known = cache.memcache.blobs.links(digest);
      if (repositories.every((id) => known.repositories.has(id)) && (known.anonymous || !anonymous)) return;
      await store.linkAdd({ digest, anonymous, repositories });
      cache.memcache.blobs.link(digest, anonymous, repositories);
    },
    async shareManifest(target, digest, anonymous, tag) {
      const entry = await present(cache, digest);
      const isBound = tag !== undefined && cache.byTag(targetId(target), tag)?.digest === digest;
      const moved = isBound ? undefined : tag;
      const linked = await cache.linkManifest(target, entry, anonymous, moved, 'required');
      if (linked === undefined) throw gone(digest);
      manifestCame(target, digest, tag);
    },
    async pin(target, digest, tag) {
      await cache.pin(target, await present(cache, digest), tag, 'required');
    },
  };
}

async function present(cache: ContentCache, digest: Digest): Promise<ManifestEntry> {
  const entry = await cache.manifest(digest);
  if (entry === undefined) throw gone(digest);
  return entry;
}

function gone(digest: Digest): Error {
  return new Error(`the manifest ${digest} is not stored any more; was it deleted just now?`);
}

async function stored(store: Store, digest: Digest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const staged = await store.blobStage(digest);
  try {
    // What an earlier attempt left need not be of the same making, and these bytes come from the first one on anyway.
    if (staged.size > 0) await staged.truncate();
    for await (const chunk of bytes) await staged.write(chunk);
    const file = await staged.commit({ digest, anonymous: false, repositories: [] });
    await file.close();
  } catch (error) {
    await (error instanceof DigestMismatch ? staged.discard() : staged.suspend());
    throw error;
  }
}
