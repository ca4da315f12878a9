// The cached images by name: every tag, and every manifest that no tag and no index leads to.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Tag } from '../oci/reference.ts';
import { matchesWildcard } from '../oci/wildcard.ts';
import { isReferrersList } from './discovery.ts';

export interface CachedImage {
  readonly repository: RepositoryId;
  readonly entry: ManifestEntry;
  readonly tag?: Tag;
}

/** In no order. Lists of referrers are left out: they are bookkeeping. */
export function* cachedImages(memcache: Memcache): Generator<CachedImage> {
  for (const entry of memcache.manifests.values()) yield* imagesOf(memcache, entry);
}

/** The names by which one manifest is an image. */
export function* imagesOf({ manifests }: Memcache, entry: ManifestEntry): Generator<CachedImage> {
  for (const [repository, tags] of entry.references) {
    const bound = [...tags.keys()].filter((tag) => manifests.byTag(repository, tag)?.digest === entry.digest);
    if (bound.some((tag) => isReferrersList(entry, tag))) continue;
    for (const tag of bound) yield { repository, entry, tag };
    if (bound.length === 0 && !isNamedByIndex({ manifests }, repository, entry)) yield { repository, entry };
  }
}

/** `registry/repository:tag`, or `registry/repository@digest` where no tag leads to it. */
export function imageName({ repository, tag, entry }: CachedImage): string {
  return tag === undefined ? `${repository}@${entry.digest}` : `${repository}:${tag}`;
}

/** Whether a pattern fits an image's name; `*` stands for anything, and the tag may be left out. */
export function matchesImage(pattern: string, image: CachedImage): boolean {
  return matchesWildcard(pattern, image.repository) || matchesWildcard(pattern, imageName(image));
}

/** Whether it is kept whatever is pruned: the tag wherever it moves, or the manifest itself. */
export function isPinned({ entry, repository, tag }: CachedImage): boolean {
  if (entry.pinned?.has(repository) === true) return true;
  return tag !== undefined && entry.references.get(repository)?.get(tag)?.pinned === true;
}

function isNamedByIndex(
  { manifests }: Pick<Memcache, 'manifests'>,
  repository: RepositoryId,
  entry: ManifestEntry,
): boolean {
  for (const digest of manifests.parents(entry.digest)) {
    const parent = manifests.get(digest);
    const tags = parent?.references.get(repository)?.keys();
    if (tags?.every((tag) => !isReferrersList(parent, tag)) === true) return true;
  }
  return false;
}
