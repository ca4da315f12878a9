// What a directory holds, for those who look at it: opened only for that, or as the server that runs on it knows it.
import type { Log } from '../log/log.ts';
import { createMemcache } from '../memcache/memcache.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { Digest } from '../oci/digest.ts';
import { openDiskStore } from '../serialize/disk-store.ts';
import { PullTimes } from '../serialize/pull-times.ts';
import type { Store } from '../serialize/store.ts';
import { ContentCache } from './content-cache.ts';

export interface CachedDirectory {
  readonly store: Store;
  /** What the directory held when it was opened; of a running server, what it holds. */
  readonly memcache: Memcache;
  readonly cache: ContentCache;
  /** Manifests that it had held before their holders were damaged. */
  readonly lost: ReadonlySet<Digest>;
}

/** Of bytes, which those who look hardly ever need. */
const MEMORY = { manifestBytes: 1024 * 1024, blobBytes: 1024 * 1024 };

/**
 * Indexes a directory, without reading blobs, and shows it to `look`.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function lookAtCache<T>(
  imagePath: string,
  log: Log,
  look: (directory: CachedDirectory) => T | Promise<T>,
): Promise<T> {
  return lookIntoStore(imagePath, log, async (store, clock) => {
    const pullTimes = new PullTimes(store, clock, { log });
    const memcache = createMemcache(MEMORY);
    const cache = new ContentCache({ store, memcache, pullTimes, clock, log, diskFailed: () => undefined });
    await cache.index.load();
    await pullTimes.close();
    return look({ store, memcache, cache, lost: await store.holdersSetAside() });
  });
}

/**
 * Opens a directory without indexing it.
 * @throws {StoreError} as {@link lookAtCache}
 */
export async function lookIntoStore<T>(
  imagePath: string,
  log: Log,
  look: (store: Store, clock: () => Date) => Promise<T>,
): Promise<T> {
  const clock = (): Date => new Date();
  const random = (): string => crypto.randomUUID().replaceAll('-', '');
  const store = await openDiskStore({ root: imagePath, clock, random, log, mustExist: true });
  try {
    return await look(store, clock);
  } finally {
    await store.close();
  }
}
