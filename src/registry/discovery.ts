// Discovery from what is cached: repositories, tags, referrers.
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Tag } from '../oci/reference.ts';
import { isReferrersTag } from '../oci/referrers-tag.ts';
import type { ContentCache } from './content-cache.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

/** The repositories that are cached, as `registry/repository`, in ASCII order. */
export function cachedRepositories({ memcache }: ContentCache): readonly RepositoryId[] {
  return [...memcache.manifests.repositories()].sort(byCodeUnits);
}

/**
 * The cached tags of a repository, in ASCII order; undefined when nothing of the repository is cached. Lists of
 * referrers are left out: most registries do not list them as tags.
 */
export function cachedTags({ memcache }: ContentCache, target: Target): readonly Tag[] | undefined {
  const { manifests } = memcache;
  const id = targetId(target);
  if (!manifests.hasRepository(id)) return undefined;
  return [...manifests.tags(id)]
    .filter((tag) => !isReferrersList(manifests.byTag(id, tag), tag))
    .sort(byCodeUnits);
}

/** Whether a tag leads to a list of referrers, which is bookkeeping and nothing to run. */
export function isReferrersList(entry: ManifestEntry | undefined, tag: Tag): boolean {
  return isReferrersTag(tag) && entry?.kind === 'index';
}

/** Cached repositories that end in a name on a `/` boundary, for the message to who named no registry. */
export function repositoriesEndingIn({ memcache }: ContentCache, name: string): readonly string[] {
  return [...memcache.manifests.repositories()]
    .filter((id) => id === name || id.endsWith(`/${name}`))
    .sort(byCodeUnits);
}

/**
 * Descriptors of the cached manifests of a repository whose subject is a digest, oldest first.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function cachedReferrers(
  cache: ContentCache,
  target: Target,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const id = targetId(target);
  const entries = [...cache.memcache.manifests.referrers(subject)]
    .map((digest) => cache.memcache.manifests.get(digest))
    .filter((entry) => entry?.references.has(id) === true) as ManifestEntry[];
  entries.sort((a, b) => byCodeUnits(a.created + a.digest, b.created + b.digest));
  const descriptors = await Promise.all(entries.map((entry) => descriptorOf(cache, entry)));
  return descriptors.filter((descriptor) => descriptor !== undefined);
}

/** The artifact type of an image manifest that has none is its config's media type. */
async function descriptorOf(cache: ContentCache, entry: ManifestEntry): Promise<Descriptor | undefined> {
  const bytes = await cache.manifestBytes(entry.digest);
  if (bytes === undefined) return undefined;
  const { artifactType, configMediaType, annotations } = parseManifest(bytes, entry.mediaType);
  const type = artifactType ?? configMediaType;
  return {
    mediaType: entry.mediaType,
    digest: entry.digest,
    size: entry.size,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations !== undefined && { annotations }),
  };
}
