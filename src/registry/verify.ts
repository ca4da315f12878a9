// Whether images could be served with their upstreams gone.
import type { LinkCheck } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { repositoryId, splitRepositoryId } from '../memcache/repository-id.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import type { Platform } from '../oci/platform.ts';
import { sorted, unhurried } from '../thread/turns.ts';
import { BlobBytes } from './blob-bytes.ts';
import type { BlobVerdict } from './blob-examiner.ts';
import { lookAtCache } from './cached-directory.ts';
import type { CachedDirectory } from './cached-directory.ts';
import { cachedImages } from './cached-images.ts';
import { isServableDark } from './completeness.ts';
import type { Serving } from './completeness.ts';
import { imageParts } from './image-parts.ts';
import type { Flaw, ImagePart } from './image-parts.ts';

/** Why an image is not complete. */
export interface Fault {
  readonly part: 'tag' | ImagePart['part'];
  /** `unknown` is what a tag is that leads nowhere. */
  readonly fault: 'unknown' | Flaw;
  readonly digest?: Digest;
  readonly platform?: string;
  /** As the manifest says. */
  readonly size?: number;
  /** Bytes on disk. */
  readonly cached?: number;
  /** Of what is damaged. */
  readonly setAside?: boolean;
}

export interface VerifiedImage {
  readonly image: string;
  /** Where the name leads. */
  readonly digest?: Digest;
  readonly complete: boolean;
  readonly faults: readonly Fault[];
}

export interface VerifyReport {
  readonly complete: boolean;
  readonly images: readonly VerifiedImage[];
  /** With `deep`, of all images: blobs that no image names and that are not what their digests say. */
  readonly blobs: readonly Fault[];
}

export interface VerifyOptions {
  /** Exactly these must be there; none means those that are cached. */
  readonly platforms?: readonly Platform[];
  /** Whether to hash every blob, and to set aside what is damaged. */
  readonly deep?: boolean;
  readonly linkCheck?: LinkCheck;
  /** Ends it in the midst of a blob. */
  readonly signal?: AbortSignal;
}

/** What a verification tells, one after the other; the blobs last. */
export type Verified =
  | { readonly event: 'image'; readonly image: VerifiedImage }
  | { readonly event: 'blobs'; readonly blobs: readonly Fault[] };

/**
 * Judges images, or all that are cached, from the directory alone.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function verifyImages(
  imagePath: string,
  images: readonly ImageName[] | 'all',
  options: VerifyOptions,
  log: Log,
): Promise<VerifyReport> {
  return lookAtCache(imagePath, log, (cached) => verifyReport(verified(cached, images, options)));
}

/**
 * Judges images, or all that are cached. Where a name has a digest, the digest is what runtimes ask for, and its tag
 * need not be known.
 */
export async function* verified(
  cached: CachedDirectory,
  images: readonly ImageName[] | 'all',
  options: VerifyOptions,
): AsyncGenerator<Verified> {
  const { memcache } = cached;
  const bytes =
    options.deep === true
      ? new BlobBytes({ ...cached, pace: () => options.signal?.throwIfAborted() })
      : undefined;
  for await (const image of unhurried(images === 'all' ? await allNames(memcache) : images)) {
    yield { event: 'image', image: await verifyImage(cached, bytes, image, options) };
  }
  yield {
    event: 'blobs',
    blobs: images === 'all' && bytes !== undefined ? await unnamedFaults(memcache, bytes) : [],
  };
}

/** All of it, when all is told. */
export async function verifyReport(
  told: Iterable<Verified> | AsyncIterable<Verified>,
): Promise<VerifyReport> {
  const images: VerifiedImage[] = [];
  const blobs: Fault[] = [];
  for await (const each of told) {
    if (each.event === 'image') images.push(each.image);
    else blobs.push(...each.blobs);
  }
  return { complete: blobs.length === 0 && images.every(({ complete }) => complete), images, blobs };
}

async function verifyImage(
  { memcache, lost }: CachedDirectory,
  bytes: BlobBytes | undefined,
  image: ImageName,
  { platforms, linkCheck = 'public' }: VerifyOptions,
): Promise<VerifiedImage> {
  const repository = repositoryId(image.registry, image.repository);
  const serving = { memcache, repository, linkCheck, lost };
  const { entry, fault } = lookUp(serving, image);
  const faults: Fault[] = fault === undefined ? [] : [fault];
  if (entry !== undefined && fault === undefined) {
    for (const part of imageParts(entry, serving, platforms)) {
      const found = await partFault(part, bytes);
      if (found !== undefined) faults.push(found);
    }
  }
  return {
    image: formatImageName(image),
    ...(entry !== undefined && { digest: entry.digest }),
    complete: faults.length === 0,
    faults,
  };
}

/** Where a name leads, as a client's request would find it. */
export function lookUp(
  serving: Serving,
  { tag, digest }: ImageName,
): { readonly entry?: ManifestEntry; readonly fault?: Fault } {
  const { memcache, repository } = serving;
  if (digest === undefined) {
    const entry = tag && memcache.manifests.byTag(repository, tag);
    return entry === undefined ? { fault: { part: 'tag', fault: 'unknown' } } : { entry };
  }
  const entry = memcache.manifests.get(digest);
  if (entry === undefined) return { fault: { part: 'manifest', fault: 'missing', digest } };
  if (isServableDark(serving, digest)) return { entry };
  return { entry, fault: { part: 'manifest', fault: 'not-linked', digest } };
}

async function partFault(
  { flaw, ...part }: ImagePart,
  bytes: BlobBytes | undefined,
): Promise<Fault | undefined> {
  const isBlob = part.part !== 'index' && part.part !== 'manifest';
  // What was set aside for another image is not cached any more.
  if (bytes !== undefined && isBlob && (part.cached !== undefined || bytes.has(part.digest))) {
    const verdict = await bytes.verdict(part.digest);
    // Damage is the reason where the size is wrong too.
    if (verdict !== undefined) return faultOf(part, verdict);
  }
  return flaw && { ...part, fault: flaw };
}

function faultOf(part: Omit<ImagePart, 'flaw'>, { flaw, setAside }: BlobVerdict): Fault {
  return { ...part, fault: flaw, ...(setAside !== undefined && { setAside }) };
}

async function allNames(memcache: Memcache): Promise<readonly ImageName[]> {
  const names: (readonly [string, ImageName])[] = [];
  for await (const { repository: id, entry, tag } of unhurried(cachedImages(memcache))) {
    const [registry, repository] = splitRepositoryId(id);
    const name = { registry, repository, ...(tag === undefined ? { digest: entry.digest } : { tag }) };
    names.push([formatImageName(name), name]);
  }
  return (await sorted(names, ([a], [b]) => byCodeUnits(a, b))).map(([, name]) => name);
}

/** Blobs that no image has led to: also of platforms that were not asked for, and of repositories pulled in part. */
async function unnamedFaults({ blobs }: Memcache, bytes: BlobBytes): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const digest of [...blobs.digests()]) {
    const cached = blobs.size(digest);
    if (cached === undefined || bytes.has(digest)) continue;
    const verdict = await bytes.verdict(digest);
    // It may have been pruned in the meantime, and nobody wants it.
    if (verdict === undefined || verdict.flaw === 'missing') continue;
    faults.push(faultOf({ part: 'blob', digest, size: cached, cached }, verdict));
  }
  return faults;
}
