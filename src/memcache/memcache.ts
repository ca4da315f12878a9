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

export interface MemcacheLimits {
  /** How much memory the manifests' bytes may take. */
  readonly manifestBytes: number;
  /** How much the bytes of small blobs may take. */
  readonly blobBytes: number;
}

export function createMemcache({ manifestBytes, blobBytes }: MemcacheLimits): Memcache {
  return {
    manifests: new Manifests(),
    blobs: new Blobs(blobBytes),
    bytes: new LRUCache({ maxSize: manifestBytes, sizeCalculation: (bytes) => bytes.length + 200 }),
  };
}
