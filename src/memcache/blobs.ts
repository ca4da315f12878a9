// The cached blobs, and who may have them.
import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryId } from './repository-id.ts';

/** Which repositories' registry has delivered or confirmed a blob. */
export interface BlobLinks {
  /** Whether it was ever obtained without credentials: it is public. */
  readonly anonymous: boolean;
  readonly repositories: ReadonlySet<RepositoryId>;
}

const unlinked: BlobLinks = { anonymous: false, repositories: new Set() };

/** An index in memory over the blobs and link records on disk. */
export class Blobs {
  readonly #sizes = new Map<Digest, number>();
  readonly #links = new Map<Digest, BlobLinks>();
  readonly #contents: LRUCache<Digest, Buffer>;
  #bytes = 0;

  /** @param maxContentBytes how much memory the bytes of small blobs may take */
  constructor(maxContentBytes: number) {
    this.#contents = new LRUCache({
      maxSize: maxContentBytes,
      sizeCalculation: (bytes) => bytes.length + 200,
    });
  }

  get count(): number {
    return this.#sizes.size;
  }

  /** Bytes of all cached blobs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes, or undefined when it is not cached. */
  size(digest: Digest): number | undefined {
    return this.#sizes.get(digest);
  }

  digests(): IterableIterator<Digest> {
    return this.#sizes.keys();
  }

  put(digest: Digest, size: number): void {
    this.#bytes += size - (this.#sizes.get(digest) ?? 0);
    this.#sizes.set(digest, size);
  }

  /** The verified bytes of a small blob that was asked for lately. */
  content(digest: Digest): Buffer | undefined {
    return this.#contents.get(digest);
  }

  /** Keeps the bytes of a blob that is there, as long as it is and there is room. */
  keepContent(digest: Digest, bytes: Buffer): void {
    if (this.#sizes.has(digest)) this.#contents.set(digest, bytes);
  }

  delete(digest: Digest): void {
    this.#contents.delete(digest);
    this.#bytes -= this.#sizes.get(digest) ?? 0;
    this.#sizes.delete(digest);
  }

  /** Its links too: who may have it is to be found out anew. */
  forget(digest: Digest): void {
    this.delete(digest);
    this.#links.delete(digest);
  }

  links(digest: Digest): BlobLinks {
    return this.#links.get(digest) ?? unlinked;
  }

  link(digest: Digest, anonymous: boolean, repositories: Iterable<RepositoryId>): void {
    const known = this.links(digest);
    this.#links.set(digest, {
      anonymous: known.anonymous || anonymous,
      repositories: new Set([...known.repositories, ...repositories]),
    });
  }
}
