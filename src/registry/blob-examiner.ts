// Whether the bytes of a cached blob are still those of its digest; what is damaged is taken out of service.
import { createHash } from 'node:crypto';
import type { Memcache } from '../memcache/memcache.ts';
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { StoreError } from '../serialize/errors.ts';
import type { BlobFile, Store } from '../serialize/store.ts';

/** What hashing a blob has shown. */
export interface BlobVerdict {
  readonly flaw: 'missing' | 'damaged' | 'unreadable';
  /** Of a damaged blob: whether it could be taken out of service. */
  readonly setAside?: boolean;
}

export interface BlobExaminerParts {
  readonly store: Store;
  readonly memcache: Memcache;
  /** Called after each piece with its bytes, and waited for: to keep to a rate, or to end it by throwing. */
  readonly pace?: (bytes: number) => Promise<void> | void;
}

/** Hashed at once, so that nobody else waits long for the event loop. */
const CHUNK = 1024 * 1024;

export class BlobExaminer {
  readonly #parts: BlobExaminerParts;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK);

  constructor(parts: BlobExaminerParts) {
    this.#parts = parts;
  }

  /** Hashes a blob and sets it aside when it is damaged; undefined when it is sound. One call at a time. */
  async examine(digest: Digest): Promise<BlobVerdict | undefined> {
    let hex: string | undefined;
    try {
      hex = await this.#hash(digest);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { flaw: 'unreadable' };
    }
    if (hex === undefined) return { flaw: 'missing' };
    if (hex === digestHex(digest)) return undefined;
    return { flaw: 'damaged', setAside: await this.#setAside(digest, hex) };
  }

  async #hash(digest: Digest): Promise<string | undefined> {
    const file = await this.#parts.store.blobOpen(digest);
    if (file === undefined) return undefined;
    try {
      return await this.#hashFile(file, digest);
    } finally {
      await file.close();
    }
  }

  async #hashFile(file: BlobFile, digest: Digest): Promise<string> {
    const hash = createHash(digestAlgorithm(digest));
    for (let position = 0; ;) {
      const length = await file.read(this.#chunk, CHUNK, position);
      if (length === 0) return hash.digest('hex');
      hash.update(this.#chunk.subarray(0, length));
      position += length;
      await this.#parts.pace?.(length);
    }
  }

  /** On a disk that takes nothing it stays where it is. */
  async #setAside(digest: Digest, hex: string): Promise<boolean> {
    const { store, memcache } = this.#parts;
    try {
      await store.blobSetAside(digest, `its bytes hash to ${hex}`);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return false;
    }
    memcache.blobs.delete(digest);
    return true;
  }
}
