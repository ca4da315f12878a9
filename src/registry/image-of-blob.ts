// The image that a blob belongs to, as people know it.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Manifests } from '../memcache/manifests.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { isReferrersTag } from '../oci/referrers-tag.ts';

/**
 * The name of an image of a repository that has a blob, or undefined where none is known. Its digest is that of the very
 * manifest that names the blob, since a tag need not lead to the platform; the tag, if one leads there, is for people.
 */
export function imageOfBlob(
  manifests: Manifests,
  repository: RepositoryId,
  blob: Digest,
): string | undefined {
  for (const digest of manifests.parents(blob)) {
    const entry = manifests.get(digest);
    if (entry?.references.has(repository) !== true) continue;
    const tag = tagOf(manifests, repository, entry) ?? tagOfIndex(manifests, repository, entry);
    return `${repository}${tag === undefined ? '' : `:${tag}`}@${digest}`;
  }
  return undefined;
}

function tagOfIndex(
  manifests: Manifests,
  repository: RepositoryId,
  { digest }: ManifestEntry,
): Tag | undefined {
  for (const parent of manifests.parents(digest)) {
    const index = manifests.get(parent);
    const tag = index && tagOf(manifests, repository, index);
    if (tag !== undefined) return tag;
  }
  return undefined;
}

function tagOf(manifests: Manifests, repository: RepositoryId, entry: ManifestEntry): Tag | undefined {
  return entry.references
    .get(repository)
    ?.keys()
    .find((tag) => manifests.byTag(repository, tag) === entry && !isReferrersTag(tag));
}
