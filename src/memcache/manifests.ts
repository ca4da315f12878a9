// The cached manifests by digest, by tag, by what they name and by what they are about.
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { ManifestEntry, TagState } from './manifest-entry.ts';
import { Multimap } from './multimap.ts';
import type { RepositoryId } from './repository-id.ts';

/** An index in memory over the holders on disk. Entries are values: a change replaces the entry. */
export class Manifests {
  readonly #entries = new Map<Digest, ManifestEntry>();
  readonly #tags = new Map<RepositoryId, Map<Tag, Digest>>();
  readonly #repositories = new Multimap<RepositoryId, Digest>();
  readonly #parents = new Multimap<Digest, Digest>();
  readonly #referrers = new Multimap<Digest, Digest>();
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#bytes;
  }

  get(digest: Digest): ManifestEntry | undefined {
    return this.#entries.get(digest);
  }

  values(): IterableIterator<ManifestEntry> {
    return this.#entries.values();
  }

  /** The manifest that a tag leads to. */
  byTag(repository: RepositoryId, tag: Tag): ManifestEntry | undefined {
    const digest = this.#tags.get(repository)?.get(tag);
    return digest === undefined ? undefined : this.#entries.get(digest);
  }

  tags(repository: RepositoryId): IterableIterator<Tag> {
    return (this.#tags.get(repository) ?? new Map<Tag, Digest>()).keys();
  }

  repositories(): IterableIterator<RepositoryId> {
    return this.#repositories.keys();
  }

  hasRepository(repository: RepositoryId): boolean {
    return this.#repositories.hasKey(repository);
  }

  /** The manifests that a repository's registry has delivered or confirmed. */
  ofRepository(repository: RepositoryId): ReadonlySet<Digest> {
    return this.#repositories.get(repository);
  }

  /** The manifests that name this blob or manifest. */
  parents(digest: Digest): ReadonlySet<Digest> {
    return this.#parents.get(digest);
  }

  /** The manifests whose subject is this one. */
  referrers(digest: Digest): ReadonlySet<Digest> {
    return this.#referrers.get(digest);
  }

  put(entry: ManifestEntry): void {
    this.delete(entry.digest);
    this.#entries.set(entry.digest, entry);
    this.#bytes += entry.size;
    for (const [repository, tags] of entry.references) {
      this.#repositories.add(repository, entry.digest);
      for (const [tag, state] of tags) this.#bind(repository, tag, state, entry.digest);
    }
    for (const child of entry.children) this.#parents.add(child.digest, entry.digest);
    if (entry.subject !== undefined) this.#referrers.add(entry.subject, entry.digest);
  }

  /**
   * Notes when a tag was last confirmed to lead to a manifest, in milliseconds since the epoch; no index depends on it.
   * The entry is read here and now: whoever asked the upstream may hold one that has been replaced since.
   */
  revalidated(repository: RepositoryId, tag: Tag, digest: Digest, at: number): void {
    const entry = this.#entries.get(digest);
    const tags = entry?.references.get(repository);
    const state = tags?.get(tag);
    if (entry === undefined || tags === undefined || state === undefined) return;
    const references = new Map(entry.references);
    references.set(repository, new Map(tags).set(tag, { ...state, revalidated: at }));
    this.#entries.set(digest, { ...entry, references });
  }

  /** Notes when a manifest was last pulled, as an ISO time; no index depends on it. */
  pulled(digest: Digest, at: string): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined || (entry.lastPulled !== undefined && entry.lastPulled >= at)) return;
    this.#entries.set(digest, { ...entry, lastPulled: at });
  }

  delete(digest: Digest): void {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= entry.size;
    for (const [repository, tags] of entry.references) {
      this.#repositories.delete(repository, digest);
      const bound = this.#tags.get(repository);
      for (const tag of tags.keys()) if (bound?.get(tag) === digest) bound.delete(tag);
      if (bound?.size === 0) this.#tags.delete(repository);
    }
    for (const child of entry.children) this.#parents.delete(child.digest, digest);
    if (entry.subject !== undefined) this.#referrers.delete(entry.subject, digest);
  }

  /** Two manifests may claim one tag after a crash in mid-move: the later claim holds. */
  #bind(repository: RepositoryId, tag: Tag, state: TagState, digest: Digest): void {
    const rival = this.byTag(repository, tag)?.references.get(repository)?.get(tag);
    if (rival !== undefined && rival.bound > state.bound) return;
    const tags = this.#tags.get(repository) ?? new Map<Tag, Digest>();
    this.#tags.set(repository, tags.set(tag, digest));
  }
}
