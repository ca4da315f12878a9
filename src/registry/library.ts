// The library: what brings content in that no client has asked for, through the same fills as clients' pulls.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { UpstreamError } from '../upstream/errors.ts';
import { refuseDenied } from '../upstream/registry-policy.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { isLinked } from './access.ts';
import type { ReferrersAnswer } from './answers.ts';
import { BlobPulls } from './blob-pulls.ts';
import type { EngineParts } from './engine-parts.ts';
import { isAirGapped } from './policy.ts';
import type { Fill } from './fill.ts';
import { ManifestPulls } from './manifest-pulls.ts';
import { Referrers } from './referrers.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { translate } from './translate.ts';

export type { Target } from './target.ts';

/** A manifest that is cached now. */
export interface HeldManifest {
  readonly digest: Digest;
  readonly size: number;
  readonly manifest: Manifest;
  /** Whether it had to be fetched. */
  readonly fetched: boolean;
  /** Whether the registry could not be asked if the tag still leads here. */
  readonly stale: boolean;
}

/** In bytes. */
export interface BlobProgress {
  readonly there: number;
  /** Of these, what came now and not with an earlier attempt. */
  readonly fetched: number;
}

/** Every method throws {@link OciError} with what is wrong. */
export interface Library {
  /**
   * The repository of an image, and where it is fetched from if that is another registry.
   * @throws {OciError} DENIED when the configuration closes it
   */
  target(registry: RegistryHost, repository: RepositoryName, source?: RegistryHost): Target;
  /** Fetches a manifest unless it is there; a tag is checked as the registry's policy says. */
  manifest(target: Target, reference: Reference): Promise<HeldManifest>;
  /** Like `manifest`, for a tag that need not exist: then undefined. */
  manifestIfAny(target: Target, tag: Tag): Promise<HeldManifest | undefined>;
  referrers(target: Target, subject: Digest): Promise<ReferrersAnswer>;
  /** Whether the repository can serve a blob with its registry gone. */
  holds(target: Target, digest: Digest): boolean;
  /**
   * Fetches a blob unless the repository can serve it, going on where an earlier attempt ended.
   * @param onProgress called now and then
   * @returns whether bytes had to be fetched
   */
  ensureBlob(target: Target, digest: Digest, onProgress?: (progress: BlobProgress) => void): Promise<boolean>;
  /** Keeps what a tag leads to, wherever it moves, or what a digest names. */
  pin(target: Target, digest: Digest, tag?: Tag): Promise<void>;
}

/** Nobody waits at the other end: better late than not current. The most that a timer takes. */
const PATIENCE_MS = 2 ** 31 - 1;
const PROGRESS_MS = 100;

/** @param identify gives the one spelling of a host */
export function createLibrary(parts: EngineParts, identify: (host: RegistryHost) => RegistryHost): Library {
  const { cache } = parts;
  const blobs = new BlobPulls(parts);
  const manifests = new ManifestPulls(parts, { softWaitMs: PATIENCE_MS, onPulled: () => undefined });
  const referrers = new Referrers(parts, { softWaitMs: PATIENCE_MS, listMs: 0 });

  const manifest = async (target: Target, reference: Reference): Promise<HeldManifest> => {
    const { entry, bytes, outcome } = await manifests.get(target, reference);
    const { digest, size, mediaType } = entry;
    const parsed = parseManifest(bytes, mediaType);
    return { digest, size, manifest: parsed, fetched: outcome === 'miss', stale: outcome === 'stale' };
  };
  const holds = (target: Target, digest: Digest): boolean =>
    cache.memcache.blobs.size(digest) !== undefined && isLinked(cache.memcache, targetId(target), digest);

  return {
    manifest,
    holds,
    target(registry, repository, source) {
      const target = { registry: identify(registry), repository };
      refuseDenied(parts.config, target.registry);
      if (source === undefined) return target;
      refuseDenied(parts.config, source);
      return { ...target, source: identify(source) };
    },
    async manifestIfAny(target, tag) {
      const known = cache.byTag(targetId(target), tag) !== undefined;
      return known || (await exists(parts, target, tag)) ? manifest(target, tag) : undefined;
    },
    referrers: (target, subject) => referrers.get(target, subject, undefined),
    ensureBlob: (target, digest, onProgress) =>
      ensureBlob({ parts, blobs, holds }, { target, digest, onProgress }),
    async pin(target, digest, tag) {
      const entry: ManifestEntry | undefined = await cache.manifest(digest);
      if (entry !== undefined) await cache.pin(target, entry, tag);
    },
  };
}

/** By HEAD, because a GET counts against rate limits, also of what does not exist. */
async function exists({ config, upstreams }: EngineParts, target: Target, tag: Tag): Promise<boolean> {
  if (isAirGapped(config, target)) return false;
  try {
    await upstreams.get(target).manifestHead(target.repository, tag);
    return true;
  } catch (error) {
    if (error instanceof UpstreamError && (error.status === 404 || error.status === 410)) return false;
    throw translate(error, target.registry, 'MANIFEST_UNKNOWN');
  }
}

interface BlobTools extends Pick<Library, 'holds'> {
  readonly parts: EngineParts;
  readonly blobs: BlobPulls;
}

interface BlobWish {
  readonly target: Target;
  readonly digest: Digest;
  readonly onProgress: ((progress: BlobProgress) => void) | undefined;
}

async function ensureBlob({ parts, blobs, holds }: BlobTools, wish: BlobWish): Promise<boolean> {
  const { target, digest } = wish;
  const { cache, fills, config } = parts;
  let fetched = false;
  for (;;) {
    const cached = await cache.blobSize(digest);
    if (cached !== undefined && holds(target, digest)) return fetched;
    const running = fills.get(digest);
    if (cached === undefined && (running === undefined || targetId(running.source) === targetId(target))) {
      // The blob's own way of saying that there is no upstream to fetch it from.
      if (isAirGapped(config, target)) await blobs.head(target, digest);
      await filled(parts, wish);
      return true;
    }
    // Somebody else's blob, or somebody's download: what is wanted is our registry's word for it, and then its end.
    await blobs.head(target, digest);
    fetched ||= running !== undefined;
    const size = await (running && watched(running.fill, wish.onProgress));
    if (size === undefined && cached !== undefined) return fetched;
  }
}

async function filled(
  { fills, misses }: EngineParts,
  { target, digest, onProgress }: BlobWish,
): Promise<void> {
  const { fill } = fills.get(digest) ?? fills.start(target, digest);
  if ((await watched(fill, onProgress)) !== undefined) {
    misses.fetched('blob', target, digest);
    return;
  }
  // Rejects with what ended the fill; a blob that came whole and could not be stored is the disk's failure.
  await fill.size().catch((error: unknown) => {
    throw translate(error, target.registry, 'BLOB_UNKNOWN');
  });
  throw new OciError('UNKNOWN', `${digest} came whole and could not be stored; the log says why`);
}

async function watched(fill: Fill, onProgress: BlobWish['onProgress']): Promise<number | undefined> {
  if (onProgress === undefined) return fill.ended;
  const tell = (there: number): void => onProgress({ there, fetched: fill.received });
  const timer = setInterval(() => tell(fill.position), PROGRESS_MS);
  const size = await fill.ended.finally(() => clearInterval(timer));
  if (size !== undefined) tell(size);
  return size;
}

/** Upstreams that ask the registry where a target's content really comes from. */
export function fromSource(upstreams: Upstreams): Upstreams {
  return {
    ...upstreams,
    get: (target: Target) =>
      upstreams.get(target.source === undefined ? target : { ...target, registry: target.source }),
  };
}
