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
}

export function createIntake(parts: {
  readonly store: Store;
  readonly cache: ContentCache;
  readonly fills: Pick<Fills, 'get'>;
  readonly misses: Misses;
}): Intake {
  const { store, cache, fills, misses } = parts;
  return {
    blobSize: (digest) => cache.blobSize(digest),
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
      for (const reference of [manifest.digest, ...(tag === undefined ? [] : [tag])])
        misses.fetched('manifest', target, reference);
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
    await (error instanceof DigestMismatch ? staged.discard() : staged.suspend());
    throw error;
  }
}
