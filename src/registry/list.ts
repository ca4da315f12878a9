// The list of what is cached, for people and scripts.
import type { LinkCheck } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import type { Missed } from '../serialize/missed-file.ts';
import { Turns, sorted, unhurried } from '../thread/turns.ts';
import { lookAtCache, lookIntoStore } from './cached-directory.ts';
import type { CachedDirectory } from './cached-directory.ts';
import { cachedImages, isPinned, matchesImage } from './cached-images.ts';
import type { CachedImage } from './cached-images.ts';
import { imageParts } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';

export type { Missed } from '../serialize/missed-file.ts';

/** One tag, or one manifest that no tag and no index of its repository leads to. */
export interface ImageRow {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: ManifestEntry['kind'];
  /** Of an index: those whose image manifest is cached. */
  readonly platforms: readonly string[];
  /** Bytes on disk of everything that it names, each blob once. */
  readonly size: number;
  /** Of these, the bytes that no other row names. */
  readonly own: number;
  /** Of these, the bytes that other rows name too; another tag of the same image is another row. */
  readonly shared: number;
  readonly created: string;
  readonly lastPulled?: string;
  /** Whether it is kept whatever is pruned. */
  readonly pinned: boolean;
  /** Whether it can be pulled whole with the upstream gone. */
  readonly complete: boolean;
}

export const listOrders = ['name', 'size', 'created', 'pulled'] as const;
export type ListOrder = (typeof listOrders)[number];

export interface ListOptions {
  /** `*` stands for anything in `registry/repository:tag`; a pattern may leave the tag out. All by default. */
  readonly pattern?: string;
  /** By name, or the largest, the newest, the last pulled first; by name by default. */
  readonly sort?: ListOrder;
  readonly linkCheck?: LinkCheck;
}

/**
 * What the directory holds; it may be in use by a server.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function listImages(
  imagePath: string,
  log: Log,
  options: ListOptions = {},
): Promise<readonly ImageRow[]> {
  return lookAtCache(imagePath, log, (cached) => imageRows(cached, options));
}

/** What is cached, as rows in order. */
export async function imageRows(
  { memcache, lost }: Pick<CachedDirectory, 'memcache' | 'lost'>,
  { pattern, sort = 'name', linkCheck = 'public' }: ListOptions,
): Promise<readonly ImageRow[]> {
  const images: CachedImage[] = [];
  const turns = new Turns();
  for await (const image of unhurried(cachedImages(memcache), turns)) images.push(image);
  const partsOf = ({ entry, repository }: CachedImage): readonly ImagePart[] =>
    imageParts(entry, { memcache, repository, linkCheck, lost });
  // Walked twice, because the parts of ten thousand images at once are more than the images.
  const naming = await namings(images, partsOf, turns);
  const found: Named[] = [];
  for await (const image of unhurried(images, turns)) {
    if (pattern !== undefined && !matchesImage(pattern, image)) continue;
    const one = row(memcache, naming, image, partsOf(image));
    found.push({ row: one, name: sortKey(one) });
  }
  return (await sorted(found, comparisons[sort], turns)).map((one) => one.row);
}

/**
 * What was refused for want of an upstream, the latest last.
 * @throws {StoreError} as {@link listImages}
 */
export function listMissed(imagePath: string, log: Log): Promise<readonly Missed[]> {
  return lookIntoStore(imagePath, log, (store) => store.missedRead());
}

/**
 * Forgets what was missed, also for a server that runs on the directory.
 * @throws {StoreError} as {@link listImages}
 */
export function clearMissed(imagePath: string, log: Log): Promise<void> {
  return lookIntoStore(imagePath, log, (store) => store.missedUpdate(() => []));
}

/** How many images name each piece of content. */
async function namings(
  images: readonly CachedImage[],
  partsOf: (image: CachedImage) => readonly ImagePart[],
  turns: Turns,
): Promise<ReadonlyMap<Digest, number>> {
  const count = new Map<Digest, number>();
  for await (const image of unhurried(images, turns)) {
    for (const digest of sizes(partsOf(image)).keys()) count.set(digest, (count.get(digest) ?? 0) + 1);
  }
  return count;
}

/** The bytes on disk. */
function sizes(parts: readonly ImagePart[]): ReadonlyMap<Digest, number> {
  return new Map(
    parts.flatMap(({ digest, cached }) => (cached === undefined ? [] : [[digest, cached] as const])),
  );
}

function row(
  { manifests }: Memcache,
  naming: ReadonlyMap<Digest, number>,
  image: CachedImage,
  parts: readonly ImagePart[],
): ImageRow {
  const { repository: id, entry, tag } = image;
  const [registry, repository] = splitRepositoryId(id);
  let own = 0;
  let shared = 0;
  for (const [digest, size] of sizes(parts)) {
    if (naming.get(digest) === 1) own += size;
    else shared += size;
  }
  const pulled = parts
    .flatMap(({ digest }) => manifests.get(digest)?.lastPulled ?? [])
    .sort()
    .at(-1);
  return {
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    digest: entry.digest,
    mediaType: entry.mediaType,
    kind: entry.kind,
    platforms: parts.flatMap(({ part, platform }) => (part === 'manifest' ? (platform ?? []) : [])),
    size: own + shared,
    own,
    shared,
    created: entry.created,
    ...(pulled !== undefined && { lastPulled: pulled }),
    pinned: isPinned(image),
    complete: parts.every(({ flaw }) => flaw === undefined),
  };
}

/** What is compared is made once, not at each comparison: there are ten for each of ten thousand rows. */
interface Named {
  readonly row: ImageRow;
  readonly name: string;
}

const comparisons: Readonly<Record<ListOrder, (a: Named, b: Named) => number>> = {
  name: byName,
  size: (a, b) => b.row.size - a.row.size || byName(a, b),
  created: (a, b) => byCodeUnits(b.row.created, a.row.created) || byName(a, b),
  pulled: (a, b) => byCodeUnits(b.row.lastPulled ?? '', a.row.lastPulled ?? '') || byName(a, b),
};

function byName(a: Named, b: Named): number {
  return byCodeUnits(a.name, b.name);
}

function sortKey({ registry, repository, tag, digest }: ImageRow): string {
  return `${registry}/${repository}\0${tag ?? '\x7f'}\0${digest}`;
}
