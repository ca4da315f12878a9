// The cached blobs, and who may have them.
import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import { Multimap } from './multimap.ts';
import type { RepositoryId } from './repository-id.ts';

/** An index in memory over the blobs and link records on disk. */
export class Blobs {
  readonly #sizes = new Map<Digest, number>();
  readonly #repositories = new Multimap<Digest, RepositoryId>();
  readonly #public = new Set<Digest>();
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
    this.#repositories.deleteKey(digest);
    this.#public.delete(digest);
  }

  /** The repositories whose registry has delivered or confirmed a blob. */
  repositories(digest: Digest): ReadonlySet<RepositoryId> {
    return this.#repositories.get(digest);
  }

  isLinked(digest: Digest, repository: RepositoryId): boolean {
    return this.#repositories.has(digest, repository);
  }

  /** Whether it was ever obtained without credentials. */
  isPublic(digest: Digest): boolean {
    return this.#public.has(digest);
  }

  /** @param anonymous whether it was obtained without credentials; what was public once stays so */
  link(digest: Digest, anonymous: boolean, repositories: Iterable<RepositoryId>): void {
    if (anonymous) this.#public.add(digest);
    for (const repository of repositories) this.#repositories.add(digest, repository);
  }
}
