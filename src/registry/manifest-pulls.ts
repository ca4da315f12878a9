// Manifests by digest and by tag: from the cache, revalidated as the registry's policy says, or from the upstream.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import { AirGapped, confirmed, isLinked, isLinkedByNow, isPublic, isWantOfUpstream } from './access.ts';
import type { ManifestAnswer, Outcome } from './answers.ts';
import { Coalesced } from './coalesce.ts';
import { isFresh } from './freshness.ts';
import { settledWithin } from './settled-within.ts';
import type { EngineParts } from './engine-parts.ts';
import { entryFor, isAirGapped } from './policy.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { translate } from './translate.ts';

export interface ManifestPullsOptions {
  /** Milliseconds that a client waits for the revalidation of a tag that is cached; it goes on behind. */
  readonly softWaitMs: number;
  /** Called with every manifest that has come to a repository from its upstream. */
  onPulled(target: Target, entry: ManifestEntry): void;
}

interface Pulled {
  readonly entry: ManifestEntry;
  /** Where it has just come: whoever waits for it is answered even if it is pruned at that moment. */
  readonly bytes?: Buffer;
  readonly warnings: readonly string[];
}

const staleWarning = '299 - "served from the cache; the registry did not confirm that it is current"';

export class ManifestPulls {
  readonly #parts: EngineParts;
  readonly #options: ManifestPullsOptions;
  readonly #pulling = new Coalesced<Pulled>();

  constructor(parts: EngineParts, options: ManifestPullsOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** What can be answered without the disk and the upstream; `get` begins with it. */
  hit(target: Target, reference: Reference): ManifestAnswer | undefined {
    const { memcache, index } = this.#parts.cache;
    // Another process on the directory may have moved or pinned the tag, which counts for the next one.
    if (!isDigest(reference)) index.refresh();
    const entry = this.#atHand(target, reference);
    if (entry === undefined) return undefined;
    const bytes = memcache.bytes.get(entry.digest);
    return bytes && this.#served(target, { entry, bytes, outcome: 'hit', warnings: [] });
  }

  /** What a reference leads to, where its registry need not be asked. */
  #atHand(target: Target, reference: Reference): ManifestEntry | undefined {
    const { memcache } = this.#parts.cache;
    const id = targetId(target);
    if (isDigest(reference)) {
      const known = memcache.manifests.get(reference);
      return known && isLinked(memcache, id, reference) ? known : undefined;
    }
    const known = memcache.manifests.byTag(id, reference);
    return known && this.#isCurrent(target, reference, known) ? known : undefined;
  }

  /** @throws {OciError} */
  async get(target: Target, reference: Reference): Promise<ManifestAnswer> {
    const hit = this.hit(target, reference);
    if (hit !== undefined) return hit;
    try {
      return isDigest(reference)
        ? await this.#byDigest(target, reference)
        : await this.#byTag(target, reference);
    } catch (error) {
      if (isWantOfUpstream(error)) this.#parts.misses.refused('manifest', target, reference);
      throw translate(error, target.registry, 'MANIFEST_UNKNOWN');
    }
  }

  async #byDigest(target: Target, digest: Digest): Promise<ManifestAnswer> {
    const { cache, config, misses } = this.#parts;
    const known = await cache.manifest(digest);
    if (known !== undefined) {
      if (!(await isLinkedByNow(cache, targetId(target), digest))) {
        const fetched = await confirmed(target, digest, {
          confirm: () => this.#confirm(target, known),
          absent: 'MANIFEST_UNKNOWN',
          lenient: config.linkCheck === 'public' && isPublic(cache.memcache, digest),
        });
        if (fetched) misses.fetched('manifest', target, digest);
      }
      const answer = await this.#answer(target, { entry: known, warnings: [] }, 'hit');
      if (answer !== undefined) return answer;
    }
    return this.#pulled(target, digest);
  }

  async #byTag(target: Target, tag: Tag): Promise<ManifestAnswer> {
    const { cache, log } = this.#parts;
    const id = targetId(target);
    if (cache.byTag(id, tag) === undefined) await cache.index.refreshed();
    const known = cache.byTag(id, tag);
    if (known === undefined) return this.#pulled(target, tag);
    const cached = (outcome: Outcome, entry = known, warnings: readonly string[] = []) =>
      this.#answer(target, { entry, warnings }, outcome);
    if (this.#isCurrent(target, tag, known)) {
      return (await cached('hit')) ?? this.#pulled(target, tag);
    }
    const check = this.#pulling.run(`check ${id}:${tag}`, () => this.#revalidate(target, tag, known));
    try {
      const checked = await settledWithin(check, this.#softWaitMs(target));
      if (checked !== undefined) {
        const moved = checked.entry.digest !== known.digest;
        const answer = await cached(moved ? 'miss' : 'revalidated', checked.entry, checked.warnings);
        return answer ?? (await this.#pulled(target, tag));
      }
      check.catch((error: unknown) =>
        log.warn('a tag could not be revalidated', { tag: `${id}:${tag}`, error: String(error) }),
      );
    } catch (error) {
      // Whatever ails the upstream, even if it has deleted the tag: what was pulled once is served for ever after.
      log.warn('serving a cached tag that could not be revalidated', {
        tag: `${id}:${tag}`,
        error: String(error),
      });
    }
    const stale = await cached('stale', cache.byTag(id, tag), [staleWarning]);
    return stale ?? this.#pulled(target, tag);
  }

  /** Whether a cached tag is answered without asking whether it still leads there. */
  #isCurrent(target: Target, tag: Tag, known: ManifestEntry): boolean {
    const { config, clock } = this.#parts;
    if (isAirGapped(config, target)) return true;
    const { alwaysPullLatest } = config;
    const state = known.references.get(targetId(target))?.get(tag);
    return isFresh(entryFor(config, target), tag, state, { alwaysPullLatest, now: clock() });
  }

  /** A registry that has been silent for a while is not waited for as long again by everybody. */
  #softWaitMs(target: Target): number {
    return Math.max(0, this.#options.softWaitMs - this.#parts.upstreams.get(target).unansweredMs());
  }

  /** Asks where a tag leads now, by HEAD, because a GET counts against rate limits; fetches only what we lack. */
  async #revalidate(target: Target, tag: Tag, known: ManifestEntry): Promise<Pulled> {
    const { cache, upstreams, misses } = this.#parts;
    const { digest, anonymous, warnings } = await upstreams.get(target).manifestHead(target.repository, tag);
    if (digest === known.digest) {
      cache.revalidated(targetId(target), tag, known.digest);
      return { entry: known, warnings };
    }
    const held = digest && (await cache.manifest(digest));
    const linked = held && (await cache.linkManifest(target, held, anonymous, tag));
    if (linked !== undefined) this.#options.onPulled(target, linked);
    const found =
      linked === undefined ? await this.#fetch(target, digest ?? tag, tag) : { entry: linked, warnings };
    if (found.entry.digest !== known.digest) misses.moved(target, tag, known.digest, found.entry.digest);
    return found;
  }

  async #pulled(target: Target, reference: Reference): Promise<ManifestAnswer> {
    if (isAirGapped(this.#parts.config, target)) {
      throw new AirGapped(
        target,
        isDigest(reference) ? `@${reference}` : `:${reference}`,
        'MANIFEST_UNKNOWN',
      );
    }
    const tag = isDigest(reference) ? undefined : reference;
    const pulled = await this.#pulling.run(`pull ${targetId(target)} ${reference}`, () =>
      this.#fetch(target, reference, tag),
    );
    const answer = await this.#answer(target, pulled, 'miss');
    if (answer === undefined) throw new Error(`${pulled.entry.digest} was stored and is gone`);
    this.#parts.misses.fetched('manifest', target, reference);
    return answer;
  }

  /** Fetches a manifest, checks it, stores it and binds the tag. */
  async #fetch(target: Target, reference: Reference, tag: Tag | undefined): Promise<Pulled> {
    const { cache, upstreams, log } = this.#parts;
    const fetched = await upstreams.get(target).manifestGet(target.repository, reference);
    const manifest = parseManifest(fetched.bytes, fetched.contentType);
    const entry = await cache.putManifest(target, { ...fetched, manifest }, tag);
    this.#options.onPulled(target, entry);
    log.info('manifest cached', {
      repository: targetId(target),
      reference,
      digest: entry.digest,
      mediaType: entry.mediaType,
    });
    return { entry, bytes: fetched.bytes, warnings: fetched.warnings };
  }

  async #confirm(target: Target, entry: ManifestEntry): Promise<void> {
    const { config, upstreams, cache } = this.#parts;
    if (isAirGapped(config, target)) throw new AirGapped(target, `@${entry.digest}`, 'MANIFEST_UNKNOWN');
    const { anonymous } = await upstreams.get(target).manifestHead(target.repository, entry.digest);
    await cache.linkManifest(target, entry, anonymous, undefined);
  }

  /** Undefined when the manifest's bytes are gone from the disk. */
  async #answer(
    target: Target,
    { entry, bytes: fetched, warnings }: Pulled,
    outcome: Outcome,
  ): Promise<ManifestAnswer | undefined> {
    const bytes = fetched ?? (await this.#parts.cache.manifestBytes(entry.digest));
    return bytes && this.#served(target, { entry, bytes, outcome, warnings });
  }

  #served(target: Target, answer: ManifestAnswer): ManifestAnswer {
    const { cache, log } = this.#parts;
    const { entry, outcome } = answer;
    cache.touch(entry);
    if (outcome !== 'miss' && log.enabled('debug'))
      log.debug(`serving manifest from cache: ${targetId(target)}@${entry.digest}`);
    return answer;
  }
}
