// The bytes of cached blobs, hashed to see whether they are still those of their digests.
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

const CHUNK = 1024 * 1024;

/** Reads every blob at most once, however many images name it. */
export class BlobBytes {
  readonly #store: Store;
  readonly #memcache: Memcache;
  readonly #signal: AbortSignal | undefined;
  readonly #verdicts = new Map<Digest, BlobVerdict | undefined>();
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK);

  constructor(
    { store, memcache }: { readonly store: Store; readonly memcache: Memcache },
    signal?: AbortSignal,
  ) {
    this.#store = store;
    this.#memcache = memcache;
    this.#signal = signal;
  }

  has(digest: Digest): boolean {
    return this.#verdicts.has(digest);
  }

  /** Hashes a blob and sets it aside when it is damaged; undefined when it is sound. One call at a time. */
  async verdict(digest: Digest): Promise<BlobVerdict | undefined> {
    if (this.#verdicts.has(digest)) return this.#verdicts.get(digest);
    const verdict = await this.#examine(digest);
    this.#verdicts.set(digest, verdict);
    return verdict;
  }

  async #examine(digest: Digest): Promise<BlobVerdict | undefined> {
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
    const file = await this.#store.blobOpen(digest);
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
      this.#signal?.throwIfAborted();
      const length = await file.read(this.#chunk, CHUNK, position);
      if (length === 0) return hash.digest('hex');
      hash.update(this.#chunk.subarray(0, length));
      position += length;
    }
  }

  /** On a disk that takes nothing it stays where it is. */
  async #setAside(digest: Digest, hex: string): Promise<boolean> {
    try {
      await this.#store.blobSetAside(digest, `its bytes hash to ${hex}`);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return false;
    }
    this.#memcache.blobs.delete(digest);
    return true;
  }
}
