// Between a holder on disk and its entry in memory.
import type { ManifestEntry, TagState } from '../memcache/manifest-entry.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { sharedMediaType } from '../oci/media-type.ts';
import type { Tag } from '../oci/reference.ts';
import { tagTable } from '../serialize/holder.ts';
import type { Holder, HolderReference, TagBinding } from '../serialize/holder.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  readonly anonymous: boolean;
}

/** @throws {OciError} MANIFEST_INVALID when today's parser no longer takes what was stored */
export function manifestOf(holder: Holder): Manifest {
  return parseManifest(Buffer.from(holder.manifest), holder.mediaType);
}

export function entryOf(holder: Holder, manifest: Manifest): ManifestEntry {
  const references = new Map<RepositoryId, ReadonlyMap<Tag, TagState>>();
  for (const reference of holder.references) references.set(targetId(reference), tagStates(reference));
  const pinned = holder.references.filter((reference) => reference.pinned).map(targetId);
  return {
    digest: holder.digest,
    kind: manifest.kind,
    mediaType: sharedMediaType(manifest.mediaType),
    size: Buffer.byteLength(holder.manifest),
    children: manifest.descriptors.map(({ digest, size, mediaType, platform }) => ({
      digest,
      size,
      mediaType: sharedMediaType(mediaType),
      ...(platform !== undefined && { platform }),
    })),
    anonymous: holder.anonymous,
    created: holder.created,
    references,
    ...(pinned.length > 0 && { pinned: new Set(pinned) }),
    ...(manifest.artifactType !== undefined && { artifactType: manifest.artifactType }),
    ...(manifest.subject !== undefined && { subject: manifest.subject.digest }),
    ...(holder.lastPulled !== undefined && { lastPulled: holder.lastPulled }),
  };
}

function tagStates({ tags }: HolderReference): ReadonlyMap<Tag, TagState> {
  return new Map(
    Object.entries(tags).map(([tag, { bound, revalidated, pinned }]) => [
      tag as Tag,
      {
        bound,
        revalidated: revalidated === undefined ? undefined : Date.parse(revalidated),
        ...(pinned !== undefined && { pinned }),
      },
    ]),
  );
}

/** The other way round, with the manifest's bytes. */
export function holderOf(entry: ManifestEntry, bytes: Buffer): Holder {
  const { digest, mediaType, anonymous, created, lastPulled, references, pinned } = entry;
  return {
    digest,
    mediaType,
    manifest: bytes.toString(),
    anonymous,
    created,
    ...(lastPulled !== undefined && { lastPulled }),
    references: Array.from(references, ([id, tags]) => {
      const [registry, repository] = splitRepositoryId(id);
      return {
        registry,
        repository,
        tags: tagTable(Array.from(tags, ([tag, state]) => [tag, bindingOf(state)])),
        ...(pinned?.has(id) === true && { pinned: true as const }),
      };
    }),
  };
}

function bindingOf({ revalidated, ...binding }: TagState): TagBinding {
  return {
    ...binding,
    ...(revalidated !== undefined && { revalidated: new Date(revalidated).toISOString() }),
  };
}

export function newHolder({ digest, bytes, manifest, anonymous }: StoredManifest, now: Date): Holder {
  return {
    digest,
    mediaType: manifest.mediaType,
    manifest: bytes.toString(),
    anonymous,
    created: now.toISOString(),
    references: [],
  };
}

/** The holder with a reference from the target's repository, and from the tag when one is bound; what was pinned stays so. */
export function withReference(
  holder: Holder,
  { registry, repository }: Target,
  binding: (TagBinding & { readonly tag: Tag }) | undefined,
): Holder {
  const known = holder.references.find(isOf({ registry, repository })) ?? {
    registry,
    repository,
    tags: tagTable([]),
  };
  const others = holder.references.filter((reference) => reference !== known);
  if (binding === undefined) return { ...holder, references: [...others, known] };
  const { tag, ...bound } = binding;
  const pin = known.tags[tag]?.pinned;
  const rebound = { ...bound, ...(pin !== undefined && { pinned: pin }) };
  const tags = tagTable([...Object.entries(known.tags), [tag, rebound]]);
  return { ...holder, references: [...others, { ...known, tags }] };
}

/** The holder without a tag; the repository's reference stays, since the manifest is still reachable by digest. */
export function withoutTag(holder: Holder, target: Target, tag: Tag): Holder {
  return {
    ...holder,
    references: holder.references.map((reference) =>
      isOf(target)(reference)
        ? { ...reference, tags: tagTable(Object.entries(reference.tags).filter(([name]) => name !== tag)) }
        : reference,
    ),
  };
}

export function isPinned(holder: Holder, target: Target, tag: Tag): boolean {
  return holder.references.find(isOf(target))?.tags[tag]?.pinned === true;
}

/** The holder pinned for the target's repository: by a tag that leads here, or else itself. */
export function withPin(holder: Holder, target: Target, tag: Tag | undefined): Holder {
  const known = holder.references.find(isOf(target));
  const binding = tag === undefined ? undefined : known?.tags[tag];
  const there = tag === undefined ? known?.pinned : binding?.pinned;
  if (known === undefined || there === true || (tag !== undefined && binding === undefined)) return holder;
  const pinned: HolderReference =
    tag === undefined || binding === undefined
      ? { ...known, pinned: true }
      : {
          ...known,
          tags: tagTable([...Object.entries(known.tags), [tag, { ...binding, pinned: true }]]),
        };
  return {
    ...holder,
    references: holder.references.map((reference) => (reference === known ? pinned : reference)),
  };
}

/** The holder pinned for the target's repository neither by the tag nor itself. */
export function withoutPin(holder: Holder, target: Target, tag: Tag | undefined): Holder {
  const references = holder.references.map((reference) => {
    if (!isOf(target)(reference)) return reference;
    const { pinned: _pinned, tags, ...others } = reference;
    const unpinned = Object.entries(tags).map(([name, binding]): [string, TagBinding] => {
      const { pinned: _tagPinned, ...rest } = binding;
      return [name, name === tag ? rest : binding];
    });
    return { ...others, tags: tagTable(unpinned) };
  });
  return { ...holder, references };
}

function isOf({ registry, repository }: Target) {
  return (reference: HolderReference): boolean =>
    reference.registry === registry && reference.repository === repository;
}
