// The intake: content that somebody brings in a file takes the same way onto the disk as what an upstream delivers.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { StoreError } from '../serialize/errors.ts';
import type { Store } from '../serialize/store.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';
import type { StoredManifest } from './holder-entry.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

export { DigestMismatch } from '../serialize/errors.ts';

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
  /**
   * Says that a repository has a blob.
   * @param anonymous whether it is public content
   * @throws {StoreError} when the blob is gone
   */
  link(target: Target, digest: Digest, anonymous: boolean): Promise<void>;
  /** Whether a repository has a manifest. */
  hasManifest(target: Target, digest: Digest): Promise<boolean>;
  /**
   * Stores a manifest for a repository, and moves the tag to it where one is given.
   * @throws {StoreError} when the disk does not take it
   */
  manifest(target: Target, stored: StoredManifest, tag?: Tag): Promise<ManifestEntry>;
}

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
}): Intake {
  const { store, cache, fills } = parts;
  return {
    blobSize: (digest) => cache.blobSize(digest),
    async blob(digest, bytes) {
      await fills.get(digest)?.fill.ended;
      if ((await cache.blobSize(digest)) !== undefined) return false;
      await stored(store, digest, bytes);
      await cache.blobSize(digest);
      return true;
    },
    async unnamedBlob(bytes) {
      const staged = await store.blobStageUnnamed();
      try {
        for await (const chunk of bytes) await staged.write(chunk);
        const { size } = staged;
        const digest = staged.digest();
        const known = (await cache.blobSize(digest)) !== undefined;
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
      const { manifests, blobs } = cache.memcache;
      if (manifests.parents(digest).size > 0) return;
      blobs.delete(digest);
      await store.blobDeleteUnlinked(digest);
    },
    async link(target, digest, anonymous) {
      const repositories = [targetId(target)];
      await store.linkAdd({ digest, anonymous, repositories });
      // Another process may have brought it, and taken it back before it knew that it is wanted here.
      if ((await store.blobStat(digest)) === undefined) {
        cache.memcache.blobs.delete(digest);
        throw new StoreError(`${digest} has been removed by another process; try again`, { path: digest });
      }
      cache.memcache.blobs.link(digest, anonymous, repositories);
    },
    async hasManifest(target, digest) {
      return (await cache.manifest(digest))?.references.has(targetId(target)) === true;
    },
    async manifest(target, manifest, tag) {
      const entry = await cache.putManifest(target, manifest, tag);
      // A pull goes on where the disk takes nothing; what is carried in is there to stay, or is not there.
      if ((await store.holderRead(entry.digest)) === undefined)
        throw new StoreError(`${entry.digest} could not be stored; the log says why`, { path: entry.digest });
      return entry;
    },
  };
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
