// The intake: content that somebody brings in a file takes the same way onto the disk as what an upstream delivers.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { StoreError } from '../serialize/errors.ts';
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
   * Of what fails nothing is kept.
   * @returns whether it had to be stored
   * @throws {DigestMismatch} when the bytes are not those of the digest
   * @throws {StoreError} when the disk does not take it
   */
  blob(digest: Digest, bytes: AsyncIterable<Uint8Array>): Promise<boolean>;
  /**
   * Stores a blob whose digest nobody has told: it is that of its bytes, by sha256.
   * @throws {StoreError} when the disk does not take it
   */
  unnamedBlob(bytes: AsyncIterable<Uint8Array>): Promise<ReceivedBlob>;
  /** The bytes of a blob that is on the disk, to look into what was brought; whoever leaves the loop closes it. */
  blobBytes(digest: Digest): AsyncIterable<Uint8Array>;
  /** Deletes a blob that was stored and turned out not to be wanted, unless somebody has come to need it. */
  discard(digest: Digest): Promise<void>;

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
   * @throws {StoreError} when the disk does not take it, or the blob is gone
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

export interface ReceivedBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Whether it was not there before. */
  readonly stored: boolean;
}

const CHUNK = 1024 * 1024;

export function createIntake(parts: {
  readonly store: Store;
  readonly cache: ContentCache;
  readonly fills: Pick<Fills, 'get'>;
  readonly misses: Misses;
}): Intake {
  const { store, cache, fills, misses } = parts;
  // From the disk, because another process may have deleted it.
  const blobSize = async (digest: Digest): Promise<number | undefined> =>
    (await store.blobStat(digest))?.size;
  return {
    blobSize,
    async blob(digest, bytes) {
      await fills.get(digest)?.fill.ended;
      const known = (await blobSize(digest)) !== undefined;
      if (!known) await stored(store, digest, bytes);
      await cache.blobSize(digest);
      return !known;
    },
    async unnamedBlob(bytes) {
      const staged = await store.blobStageUnnamed();
      try {
        for await (const chunk of bytes) await staged.write(chunk);
        const { size } = staged;
        const digest = await staged.digest();
        const known = (await blobSize(digest)) !== undefined;
        if (known) await staged.discard();
        else await staged.commit(digest);
        await cache.blobSize(digest);
        return { digest, size, stored: !known };
      } catch (error) {
        await staged.discard().catch(() => undefined); // the first error is the one that tells
        throw error;
      }
    },
    async *blobBytes(digest) {
      const file = await cache.openBlob(digest);
      if (file === undefined) throw new Error(`${digest} is gone from the disk`);
      try {
        for (let position = 0; position < file.size;) {
          const chunk = Buffer.allocUnsafe(Math.min(CHUNK, file.size - position));
          const length = await file.read(chunk, chunk.length, position);
          if (length === 0) return;
          yield chunk.subarray(0, length);
          position += length;
        }
      } finally {
        await file.close();
      }
    },
    async discard(digest) {
      const isNamed = (): boolean => cache.memcache.manifests.parents(digest).size > 0;
      await cache.removeBlob(digest, (_, link) => (link?.repositories.length ?? 0) === 0 && !isNamed());
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
      const repositories = targets.map(targetId);
      const { blobs } = cache.memcache;
      const isKnown =
        repositories.every((id) => blobs.isLinked(digest, id)) && (blobs.isPublic(digest) || !anonymous);
      if (!isKnown) await store.linkAdd({ digest, anonymous, repositories });
      // Another process may have brought it, and taken it back before it knew that it is wanted here.
      if ((await blobSize(digest)) === undefined) {
        blobs.delete(digest);
        throw new StoreError(`${digest} has been removed by another process; try again`, { path: digest });
      }
      blobs.link(digest, anonymous, repositories);
      for (const target of targets) misses.fetched('blob', target, digest);
    },
    async shareManifest(target, digest, anonymous, tag) {
      const entry = await present(cache, digest);
      const isBound = tag !== undefined && cache.byTag(targetId(target), tag)?.digest === digest;
      const moved = isBound ? undefined : tag;
      const linked = await cache.linkManifest(target, entry, anonymous, moved, 'required');
      if (linked === undefined) throw gone(digest);
      misses.fetched('manifest', target, digest);
      if (tag !== undefined) misses.fetched('manifest', target, tag);
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
    // A later attempt, or a client's pull, must not go on after bytes that nobody vouches for.
    await staged.discard();
    throw error;
  }
}
