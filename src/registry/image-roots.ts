// The roots of what is cached: the manifests that images begin with, and all that each of them needs.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { cosignTags, referrersTag } from '../oci/referrers-tag.ts';
import { unhurried } from '../thread/turns.ts';
import type { Turns } from '../thread/turns.ts';
import { imagesOf, isPinned } from './cached-images.ts';
import type { CachedImage } from './cached-images.ts';

/** One manifest in one repository, with the tags that lead to it, or without any. */
export interface ImageRoot {
  readonly repository: RepositoryId;
  readonly entry: ManifestEntry;
  /** One for each tag, or one without. */
  readonly images: readonly CachedImage[];
  /** It, the children of an index, and all that refers to any of them. */
  readonly manifests: readonly ManifestEntry[];
  /** Whether they are cached or not. */
  readonly blobs: ReadonlySet<Digest>;
}

/**
 * What refers to a manifest of its repository (a signature, an SBOM, by its subject or by cosign's tag) goes where that
 * goes and is no root, unless it is pinned itself or has a tag of its own.
 */
export async function imageRoots(memcache: Memcache, turns: Turns): Promise<readonly ImageRoot[]> {
  // A copy: while others have their turn the manifests change.
  const entries = [...memcache.manifests.values()];
  const tied = await tiedNames(memcache, entries, turns);
  const roots: ImageRoot[] = [];
  for await (const entry of unhurried(entries, turns)) {
    const images = [...imagesOf(memcache, entry)].filter(
      (image) => isPinned(image) || !isAttached(memcache, image, tied),
    );
    for (const [repository, own] of Map.groupBy(images, (image) => image.repository)) {
      roots.push({ repository, entry, images: own, ...partsOf(memcache, repository, entry) });
    }
  }
  return roots;
}

/** The names that cosign gives to what it ties to manifests that are there. */
async function tiedNames(
  { manifests }: Memcache,
  entries: readonly ManifestEntry[],
  turns: Turns,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { digest, references } of unhurried(entries, turns)) {
    const tags = cosignTags(digest);
    for (const repository of references.keys()) {
      for (const tag of tags)
        if (manifests.byTag(repository, tag) !== undefined) names.add(`${repository}:${tag}`);
    }
  }
  return names;
}

function isAttached(
  { manifests }: Memcache,
  { repository, entry, tag }: CachedImage,
  tied: ReadonlySet<string>,
): boolean {
  if (tag !== undefined) return tied.has(`${repository}:${tag}`);
  const subject = entry.subject === undefined ? undefined : manifests.get(entry.subject);
  return subject?.references.has(repository) === true;
}

function partsOf(
  { manifests }: Memcache,
  repository: RepositoryId,
  root: ManifestEntry,
): Pick<ImageRoot, 'manifests' | 'blobs'> {
  const found = new Map<Digest, ManifestEntry>([[root.digest, root]]);
  const blobs = new Set<Digest>();
  const add = (entry: ManifestEntry | undefined): void => {
    if (entry !== undefined) found.set(entry.digest, found.get(entry.digest) ?? entry);
  };
  // What is added on the way is visited too.
  for (const entry of found.values()) {
    for (const { digest } of entry.children) {
      if (entry.kind === 'index') add(manifests.get(digest));
      else blobs.add(digest);
    }
    for (const digest of manifests.referrers(entry.digest)) {
      const referrer = manifests.get(digest);
      if (referrer?.references.has(repository) === true) add(referrer);
    }
    for (const tag of [referrersTag(entry.digest), ...cosignTags(entry.digest)])
      add(manifests.byTag(repository, tag));
  }
  return { manifests: [...found.values()], blobs };
}
