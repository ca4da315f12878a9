// Repair: what was lost of the cache is fetched again from a registry that has it; what cannot be had is a miss.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Library } from './library.ts';
import { isAirGapped } from './policy.ts';
import type { Target } from './target.ts';

export interface RepairOptions {
  readonly library: Pick<Library, 'ensureBlob'>;
  /** Called with every image manifest that lacks a blob which could not be had now. */
  onIncomplete(target: Target, entry: ManifestEntry): void;
}

/** Repositories that are asked for one blob: a base layer may be in thousands. */
const MAX_ASKED = 8;

export class Repair {
  readonly #parts: EngineParts;
  readonly #options: RepairOptions;

  constructor(parts: EngineParts, options: RepairOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** @returns whether the blob is there again */
  async blob(digest: Digest): Promise<boolean> {
    const owners = this.#ownersOf(digest);
    for (const target of owners) {
      if (await this.#attempt(target, digest, () => this.#options.library.ensureBlob(target, digest)))
        return true;
    }
    const [first] = owners;
    if (first !== undefined) this.#parts.misses.refused('blob', first, digest);
    this.#awaitCompletion(digest);
    return false;
  }

  /**
   * Writes a manifest anew as it was known in memory, with its tags.
   * @returns whether it is there again
   */
  async manifest(entry: ManifestEntry): Promise<boolean> {
    const { cache, upstreams, misses } = this.#parts;
    const kept = cache.memcache.bytes.get(entry.digest);
    if (kept !== undefined) {
      await cache.restore(entry, kept);
      return true;
    }
    const owners = [...entry.references.keys()].map(targetOf);
    for (const target of owners) {
      const fetched = await this.#attempt(target, entry.digest, async () => {
        const { bytes } = await upstreams.get(target).manifestGet(target.repository, entry.digest);
        await cache.restore(entry, bytes);
        misses.fetched('manifest', target, entry.digest);
      });
      if (fetched) return true;
    }
    for (const [id, tags] of entry.references) {
      const references = tags.size === 0 ? [entry.digest] : tags.keys();
      for (const reference of references) misses.refused('manifest', targetOf(id), reference);
    }
    return false;
  }

  async #attempt(target: Target, digest: Digest, fetch: () => Promise<unknown>): Promise<boolean> {
    const { config, log } = this.#parts;
    if (isAirGapped(config, target)) return false;
    try {
      await fetch();
      log.info('what was damaged has been fetched again', { digest, from: target.registry });
      return true;
    } catch (error) {
      log.error('what was damaged cannot be fetched again', {
        digest,
        from: target.registry,
        error: String(error),
      });
      return false;
    }
  }

  /** Those whose registry has delivered or confirmed a blob, or has a manifest that names it. */
  #ownersOf(digest: Digest): readonly Target[] {
    const { manifests, blobs } = this.#parts.cache.memcache;
    const named = [...manifests.parents(digest)].flatMap((parent) => [
      ...(manifests.get(parent)?.references.keys() ?? []),
    ]);
    return [...new Set([...blobs.repositories(digest), ...named])].slice(0, MAX_ASKED).map(targetOf);
  }

  #awaitCompletion(digest: Digest): void {
    const { manifests } = this.#parts.cache.memcache;
    for (const parent of manifests.parents(digest)) {
      const entry = manifests.get(parent);
      for (const id of entry?.references.keys() ?? [])
        if (entry !== undefined) this.#options.onIncomplete(targetOf(id), entry);
    }
  }
}

function targetOf(id: RepositoryId): Target {
  const [registry, repository] = splitRepositoryId(id);
  return { registry, repository };
}
