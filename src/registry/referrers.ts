// Referrers: as the upstream's API or its referrers tag lists them, kept on disk for when it cannot be asked, together
// with what is cached of them.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { referrersTag } from '../oci/referrers-tag.ts';
import { UpstreamError } from '../upstream/errors.ts';
import { isWithoutReferrersApi } from '../upstream/referrers-list.ts';
import type { Provenance, ReferrersList } from '../upstream/registry-reads.ts';
import type { ReferrersAnswer } from './answers.ts';
import { cachedReferrers } from './discovery.ts';
import type { EngineParts } from './engine-parts.ts';
import { isAirGapped } from './policy.ts';
import type { StoredManifest } from './holder-entry.ts';
import { RecentLists } from './recent-lists.ts';
import type { ListTimes } from './recent-lists.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { translate } from './translate.ts';

/** A list that is kept on disk: an index under the referrers tag, as registries without the API have it. */
interface KeptList {
  readonly entry: ManifestEntry;
  readonly descriptors: readonly Descriptor[];
}

const onlyCached = '299 - "only the referrers that are cached; the registry did not list its own"';
const nothing: ReferrersList = { descriptors: [], anonymous: false, warnings: [] };

export class Referrers {
  readonly #parts: EngineParts;
  readonly #recent: RecentLists<ReferrersList>;

  constructor(parts: EngineParts, times: ListTimes) {
    this.#parts = parts;
    this.#recent = new RecentLists(parts, times, ({ descriptors }) => JSON.stringify(descriptors).length);
  }

  /**
   * The manifests that refer to `subject`; none is an empty list.
   * @throws {OciError} when we do not go to that registry
   * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
   */
  async get(target: Target, subject: Digest, artifactType: string | undefined): Promise<ReferrersAnswer> {
    const { outcome, warnings, ...list } = await this.#listed(target, subject);
    const cached = await cachedReferrers(this.#parts.cache, target, subject);
    const all = union(list.descriptors, cached);
    const descriptors =
      artifactType === undefined ? all : all.filter((descriptor) => descriptor.artifactType === artifactType);
    return { descriptors, outcome, warnings };
  }

  async #listed(target: Target, subject: Digest): Promise<ReferrersAnswer> {
    const { cache, config, misses, log } = this.#parts;
    const id = targetId(target);
    if (isAirGapped(config, target)) {
      const kept = await this.#keptAnywhere(target, subject);
      return { descriptors: kept?.descriptors ?? [], outcome: 'hit', warnings: [] };
    }
    const key = `${id}@${subject}`;
    const recent = this.#recent.get(key);
    if (recent !== undefined) return { ...recent, outcome: 'hit' };
    const kept = await this.#kept(target, subject);
    const known = union(kept?.descriptors ?? [], await cachedReferrers(cache, target, subject));
    const soft = kept !== undefined || known.length > 0;
    try {
      const list = await this.#recent.ask(target, key, () => this.#fetch(target, subject), { soft });
      if (list !== undefined) {
        if (union(known, list.descriptors).length > known.length)
          misses.fetched('referrers', target, subject);
        return { ...list, outcome: 'miss' };
      }
    } catch (error) {
      const known = error instanceof UpstreamError || error instanceof OciError;
      const forbidden = error instanceof UpstreamError && error.failure === 'refused';
      if (!known || (forbidden && !soft)) throw translate(error, target.registry, 'MANIFEST_UNKNOWN');
      log.warn('listing cached referrers in place of the registry’s', { subject: key, error: String(error) });
    }
    const descriptors = (await this.#keptAnywhere(target, subject))?.descriptors ?? [];
    return { descriptors, outcome: 'stale', warnings: [onlyCached] };
  }

  async #fetch(target: Target, subject: Digest): Promise<ReferrersList> {
    try {
      const list = await this.#completed(
        target,
        subject,
        await this.#parts.upstreams.get(target).referrersList(target.repository, subject),
      );
      await this.#keep(target, subject, list);
      return list;
    } catch (error) {
      if (!isWithoutReferrersApi(error)) throw error;
      return this.#fetchTag(target, subject);
    }
  }

  /**
   * "If the response is a 404 Not Found, the client SHOULD fallback to pulling the referrers tag schema."
   * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api
   */
  async #fetchTag(target: Target, subject: Digest): Promise<ReferrersList> {
    const upstream = this.#parts.upstreams.get(target);
    const tag = referrersTag(subject);
    const kept = await this.#kept(target, subject);
    try {
      // A HEAD first, because a GET counts against rate limits.
      const head = kept && (await upstream.manifestHead(target.repository, tag));
      if (kept !== undefined && head?.digest === kept.entry.digest)
        return withDescriptors(head, kept.descriptors);
      const fetched = await upstream.manifestGet(target.repository, tag);
      const manifest = parseManifest(fetched.bytes, fetched.contentType);
      if (manifest.kind !== 'index') return nothing;
      await this.#store(target, subject, { ...fetched, manifest });
      return withDescriptors(fetched, manifest.descriptors);
    } catch (error) {
      if (error instanceof UpstreamError && (error.status === 404 || error.status === 410)) return nothing;
      throw error;
    }
  }

  /** A list that comes with a warning may be what another cache has left of it: it takes nothing from ours. */
  async #completed(target: Target, subject: Digest, list: ReferrersList): Promise<ReferrersList> {
    const kept = list.warnings.length > 0 ? await this.#kept(target, subject) : undefined;
    return kept === undefined ? list : { ...list, descriptors: union(list.descriptors, kept.descriptors) };
  }

  /** Keeps what the API answered in the form in which a registry without the API would have it. */
  async #keep(target: Target, subject: Digest, { descriptors, anonymous }: ReferrersList): Promise<void> {
    const { cache } = this.#parts;
    const known = cache.byTag(targetId(target), referrersTag(subject));
    if (descriptors.length === 0 && known === undefined) return;
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: descriptors };
    const bytes = Buffer.from(JSON.stringify(index));
    const digest = digestOf(bytes);
    if (known?.digest === digest) return;
    await this.#store(target, subject, { digest, bytes, manifest: parseManifest(bytes), anonymous });
  }

  /** A list that cannot be kept is answered all the same. */
  async #store(target: Target, subject: Digest, stored: StoredManifest): Promise<void> {
    const { cache, log } = this.#parts;
    try {
      await cache.putManifest(target, stored, referrersTag(subject));
    } catch (error) {
      log.warn('a list of referrers could not be kept', { subject, error });
    }
  }

  async #kept(target: Target, subject: Digest): Promise<KeptList | undefined> {
    const { cache } = this.#parts;
    const entry = cache.byTag(targetId(target), referrersTag(subject));
    if (entry?.kind !== 'index') return undefined;
    const bytes = await cache.manifestBytes(entry.digest);
    return bytes && { entry, descriptors: parseManifest(bytes, entry.mediaType).descriptors };
  }

  /** Another process on the same directory may have kept what we have not. */
  async #keptAnywhere(target: Target, subject: Digest): Promise<KeptList | undefined> {
    const kept = await this.#kept(target, subject);
    if (kept !== undefined) return kept;
    await this.#parts.cache.index.refreshed();
    return this.#kept(target, subject);
  }
}

/** Only what belongs to a list, since it is remembered. */
function withDescriptors(
  { anonymous, warnings }: Provenance,
  descriptors: readonly Descriptor[],
): ReferrersList {
  return { anonymous, warnings, descriptors };
}

function union(first: readonly Descriptor[], second: readonly Descriptor[]): readonly Descriptor[] {
  const known = new Set(first.map(({ digest }) => digest));
  return [...first, ...second.filter(({ digest }) => !known.has(digest))];
}
