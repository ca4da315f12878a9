// Whether what is cached can be served whole with the upstream gone.
import type { LinkCheck } from '../config/config.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributableType } from '../oci/media-type.ts';
import { isLinked, isPublic } from './access.ts';

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

/** Whose content it is that is to be served, and how strictly that is taken. */
export interface Serving {
  readonly memcache: Memcache;
  readonly repository: RepositoryId;
  readonly linkCheck: LinkCheck;
  /** Manifests that were cached and are lost: they are missed, whether anybody names their platform or not. */
  readonly lost?: ReadonlySet<Digest>;
}

/**
 * Whether a repository may serve what is cached while its registry cannot be asked.
 * @param parent a manifest that names it: with it nobody looks through all the images of a common base layer
 */
export function isServableDark(
  { memcache, repository, linkCheck }: Serving,
  digest: Digest,
  parent?: ManifestEntry,
): boolean {
  if (isPublic(memcache, digest)) {
    if (linkCheck === 'public' || parent?.references.has(repository) === true) return true;
  }
  return isLinked(memcache, repository, digest);
}
