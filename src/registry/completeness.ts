// Whether what is cached can be served whole with the upstream gone.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributableType } from '../oci/media-type.ts';
import { isLinked } from './access.ts';

/**
 * The blobs of an image manifest that a repository could not serve without its upstream: not cached, or cached
 * for others. Clients get non-distributable layers elsewhere.
 */
export function missingBlobs(
  memcache: Memcache,
  entry: ManifestEntry,
  repository: RepositoryId,
): readonly Digest[] {
  if (entry.kind !== 'image') return [];
  return entry.children
    .filter(({ mediaType }) => !isNonDistributableType(mediaType))
    .map(({ digest }) => digest)
    .filter((digest) => memcache.blobs.size(digest) === undefined || !isLinked(memcache, repository, digest));
}

/** Whether a repository could serve all that it holds of this manifest: of an index, the platforms that were asked for. */
export function isComplete(memcache: Memcache, entry: ManifestEntry, repository: RepositoryId): boolean {
  if (entry.kind === 'image') return missingBlobs(memcache, entry, repository).length === 0;
  if (entry.kind === 'opaque' || entry.children.length === 0) return true;
  const held = entry.children
    .map(({ digest }) => memcache.manifests.get(digest))
    .filter((child) => child?.references.has(repository) === true);
  return (
    held.length > 0 && held.every((child) => child !== undefined && isComplete(memcache, child, repository))
  );
}
