// What is on disk, in memory: manifests and blobs by digest, tags, links, and a bounded cache of manifests' bytes.
import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import { Blobs } from './blobs.ts';
import { Manifests } from './manifests.ts';

export interface Memcache {
  readonly manifests: Manifests;
  readonly blobs: Blobs;
  /** The exact bytes of manifests that were asked for lately; a miss is read from disk. */
  readonly bytes: LRUCache<Digest, Buffer>;
}

/** @param maxManifestBytes how much memory the manifests' bytes may take */
export function createMemcache(maxManifestBytes: number): Memcache {
  return {
    manifests: new Manifests(),
    blobs: new Blobs(),
    bytes: new LRUCache({ maxSize: maxManifestBytes, sizeCalculation: (bytes) => bytes.length + 200 }),
  };
}
