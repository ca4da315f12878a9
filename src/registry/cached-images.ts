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
export function* cachedImages({ manifests }: Memcache): Generator<CachedImage> {
  for (const entry of manifests.values()) {
    for (const [repository, tags] of entry.references) {
      const bound = [...tags.keys()].filter((tag) => manifests.byTag(repository, tag) === entry);
      if (bound.some((tag) => isReferrersList(entry, tag))) continue;
      for (const tag of bound) yield { repository, entry, tag };
      if (bound.length === 0 && !isNamedByIndex({ manifests }, repository, entry))
        yield { repository, entry };
    }
  }
}

/** In full, as it can be asked for. */
export function imageName({ repository, entry, tag }: CachedImage): string {
  return tag === undefined ? `${repository}@${entry.digest}` : `${repository}:${tag}`;
}

/** Whether a pattern is for its full name or for its repository; `*` stands for anything. */
export function matchesImage(pattern: string, image: CachedImage): boolean {
  return matchesWildcard(pattern, image.repository) || matchesWildcard(pattern, imageName(image));
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
