// The list of what is cached, for people and scripts.
import { createMemcache } from '../memcache/memcache.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Tag } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import type { Missed } from '../serialize/missed-file.ts';
import { openDiskStore } from '../serialize/disk-store.ts';
import { PullTimes } from '../serialize/pull-times.ts';
import type { Store } from '../serialize/store.ts';
import { isComplete } from './completeness.ts';
import { ContentCache } from './content-cache.ts';

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
  readonly created: string;
  readonly lastPulled?: string;
  /** Whether it can be pulled whole with the upstream gone. */
  readonly complete: boolean;
}

const LIST_MEMORY = 1024 * 1024;

/**
 * What the directory holds, sorted by name; it may be in use by a server.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function listImages(imagePath: string, log: Log): Promise<readonly ImageRow[]> {
  return looking(imagePath, log, async (store, clock) => {
    const pullTimes = new PullTimes(store, clock, { log });
    const cache = new ContentCache({ store, memcache: createMemcache(LIST_MEMORY), pullTimes, clock, log });
    await cache.load();
    await pullTimes.close();
    return rows(cache);
  });
}

/**
 * What was refused for want of an upstream, the latest last.
 * @throws {StoreError} as {@link listImages}
 */
export function listMissed(imagePath: string, log: Log): Promise<readonly Missed[]> {
  return looking(imagePath, log, (store) => store.missedRead());
}

/** Opens a directory only to look at it. */
async function looking<T>(
  imagePath: string,
  log: Log,
  look: (store: Store, clock: () => Date) => Promise<T>,
): Promise<T> {
  const clock = (): Date => new Date();
  const random = (): string => crypto.randomUUID().replaceAll('-', '');
  const store = await openDiskStore({ root: imagePath, clock, random, log, mustExist: true });
  try {
    return await look(store, clock);
  } finally {
    await store.close();
  }
}

function rows(cache: ContentCache): readonly ImageRow[] {
  const { manifests } = cache.memcache;
  const found: ImageRow[] = [];
  for (const entry of manifests.values()) {
    for (const [id, tags] of entry.references) {
      const bound = [...tags.keys()].filter((tag) => manifests.byTag(id, tag) === entry);
      for (const tag of bound) found.push(row(cache, id, entry, tag));
      if (bound.length === 0 && !isNamedByIndex(cache, id, entry))
        found.push(row(cache, id, entry, undefined));
    }
  }
  return found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey({ registry, repository, tag, digest }: ImageRow): string {
  return `${registry}/${repository}\0${tag ?? '\x7f'}\0${digest}`;
}

function isNamedByIndex(cache: ContentCache, id: RepositoryId, entry: ManifestEntry): boolean {
  const { manifests } = cache.memcache;
  return [...manifests.parents(entry.digest)].some(
    (parent) => manifests.get(parent)?.references.has(id) === true,
  );
}

function row(cache: ContentCache, id: RepositoryId, entry: ManifestEntry, tag: Tag | undefined): ImageRow {
  const [registry, repository] = splitRepositoryId(id);
  const parts = tree(cache, id, entry);
  const { blobs } = cache.memcache;
  const named = new Set(parts.flatMap(({ children }) => children.map(({ digest }) => digest)));
  const blobBytes = [...named].reduce((sum, digest) => sum + (blobs.size(digest) ?? 0), 0);
  const pulled = parts
    .flatMap(({ lastPulled }) => lastPulled ?? [])
    .sort()
    .at(-1);
  return {
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    digest: entry.digest,
    mediaType: entry.mediaType,
    kind: entry.kind,
    platforms: platforms(cache, entry),
    size: parts.reduce((sum, { size }) => sum + size, blobBytes),
    created: entry.created,
    ...(pulled !== undefined && { lastPulled: pulled }),
    complete: isComplete(cache.memcache, entry, id),
  };
}

/** The manifest and those below it that its repository holds. */
function tree(cache: ContentCache, id: RepositoryId, root: ManifestEntry): readonly ManifestEntry[] {
  const seen = new Set([root]);
  for (const entry of seen) {
    if (entry.kind !== 'index') continue;
    for (const { digest } of entry.children) {
      const child = cache.memcache.manifests.get(digest);
      if (child?.references.has(id) === true) seen.add(child);
    }
  }
  return [...seen];
}

function platforms(cache: ContentCache, entry: ManifestEntry): readonly string[] {
  return entry.children.flatMap(({ digest, platform }) =>
    platform !== undefined && cache.memcache.manifests.get(digest) !== undefined
      ? [formatPlatform(platform)]
      : [],
  );
}
