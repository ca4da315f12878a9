// One image as a tree of what it is made of, or one blob with all that leads to it.
import type { LinkCheck } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { repositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { cosignTags } from '../oci/referrers-tag.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageName } from '../oci/image-name.ts';
import { formatPlatform } from '../oci/platform.ts';
import { isPublic } from './access.ts';
import { lookAtCache } from './cached-directory.ts';
import type { CachedDirectory } from './cached-directory.ts';
import { blobKind, imageParts } from './image-parts.ts';
import type { PartKind } from './image-parts.ts';

export interface InspectedNode {
  readonly part: PartKind;
  readonly digest: Digest;
  readonly mediaType: string;
  /** As its descriptor says. */
  readonly size: number;
  /** Bytes on disk; absent when it is not cached. */
  readonly cached?: number;
  readonly platform?: string;
  readonly artifactType?: string;
  /** It stands in the tree already, with all that is below it. */
  readonly repeated?: true;
  readonly children?: readonly InspectedNode[];
  /** Cached manifests whose subject this is, and those that cosign's tags tie to it. */
  readonly referrers?: readonly InspectedNode[];
}

export interface InspectedImage {
  readonly kind: 'manifest';
  readonly digest: Digest;
  /** Every name that leads here: `registry/repository:tag`, or `registry/repository` of who has it by digest alone. */
  readonly names: readonly string[];
  /** Indexes that name it. */
  readonly parents: readonly Digest[];
  readonly subject?: Digest;
  /** Whether it was ever obtained without credentials. */
  readonly public: boolean;
  readonly created: string;
  readonly lastPulled?: string;
  /** Whether it can be pulled whole with the upstream gone; only where a name was asked for. */
  readonly complete?: boolean;
  readonly tree: InspectedNode;
}

export interface InspectedBlob {
  readonly kind: 'blob';
  readonly digest: Digest;
  /** Bytes on disk; absent when it is not cached. */
  readonly cached?: number;
  readonly public: boolean;
  /** Repositories whose registry has delivered or confirmed it. */
  readonly repositories: readonly string[];
  /** Cached manifests that name it, each with the names that lead there. */
  readonly referredBy: readonly {
    readonly digest: Digest;
    readonly part: PartKind;
    readonly names: readonly string[];
  }[];
}

export type Inspected = InspectedImage | InspectedBlob;

/**
 * Shows what a directory holds.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function inspect(
  imagePath: string,
  what: ImageName | Digest,
  linkCheck: LinkCheck,
  log: Log,
): Promise<Inspected | undefined> {
  return lookAtCache(imagePath, log, (cached) => inspected(cached, what, linkCheck));
}

/** An image by its name, or whatever has a digest; undefined when nothing is known of it. */
export function inspected(
  { memcache, lost }: Pick<CachedDirectory, 'memcache' | 'lost'>,
  what: ImageName | Digest,
  linkCheck: LinkCheck,
): Inspected | undefined {
  if (typeof what === 'string') {
    const entry = memcache.manifests.get(what);
    return entry === undefined ? blob(memcache, what) : image(memcache, entry, undefined);
  }
  const entry = namedManifest(memcache, what);
  if (entry === undefined) return undefined;
  const id = repositoryId(what.registry, what.repository);
  const parts = imageParts(entry, { memcache, repository: id, linkCheck, lost });
  return { ...image(memcache, entry, id), complete: parts.every(({ flaw }) => flaw === undefined) };
}

/** The cached manifest to which a name leads. */
function namedManifest(
  { manifests }: Memcache,
  { registry, repository, tag, digest }: ImageName,
): ManifestEntry | undefined {
  const id = repositoryId(registry, repository);
  if (digest === undefined) return tag && manifests.byTag(id, tag);
  const entry = manifests.get(digest);
  return entry?.references.has(id) === true ? entry : undefined;
}

function image(memcache: Memcache, entry: ManifestEntry, id: RepositoryId | undefined): InspectedImage {
  const { digest, subject, created, lastPulled } = entry;
  const tree = new Tree(memcache, id);
  return {
    kind: 'manifest',
    digest,
    names: namesOf(memcache, entry),
    parents: [...memcache.manifests.parents(digest)].sort(),
    ...(subject !== undefined && { subject }),
    public: isPublic(memcache, digest),
    created,
    ...(lastPulled !== undefined && { lastPulled }),
    tree: tree.node(entry, entry.size, undefined),
  };
}

function blob(memcache: Memcache, digest: Digest): InspectedBlob | undefined {
  const { blobs, manifests } = memcache;
  const cached = blobs.size(digest);
  const repositories = blobs.repositories(digest);
  const parents = [...manifests.parents(digest)].sort().flatMap((parent) => manifests.get(parent) ?? []);
  if (cached === undefined && repositories.size === 0 && parents.length === 0) return undefined;
  return {
    kind: 'blob',
    digest,
    ...(cached !== undefined && { cached }),
    public: isPublic(memcache, digest),
    repositories: [...repositories].sort(),
    referredBy: parents.map((entry) => ({
      digest: entry.digest,
      part: partIn(entry, digest),
      names: namesLeadingTo(memcache, entry),
    })),
  };
}

function partIn(parent: ManifestEntry, digest: Digest): PartKind {
  if (parent.kind === 'index') return 'manifest';
  return blobKind(
    parent,
    parent.children.findIndex((child) => child.digest === digest),
  );
}

/** The names of a manifest, or else of the indexes that name it. */
function namesLeadingTo(memcache: Memcache, entry: ManifestEntry): readonly string[] {
  const { manifests } = memcache;
  const above = [...manifests.parents(entry.digest)].flatMap((digest) => manifests.get(digest) ?? []);
  const all = [entry, ...above].flatMap((each) => namesOf(memcache, each));
  const tagged = all.filter((name) => name.includes(':', name.lastIndexOf('/')));
  return [...new Set(tagged.length > 0 ? tagged : all)].sort();
}

function namesOf({ manifests }: Memcache, entry: ManifestEntry): readonly string[] {
  return [...entry.references]
    .flatMap(([id, tags]) => {
      const bound = [...tags.keys()].filter((tag) => manifests.byTag(id, tag) === entry);
      return bound.length === 0 ? [id] : bound.map((tag) => `${id}:${tag}`);
    })
    .sort();
}

/** Expands every manifest once: what is shared by many would else be written as often as there are ways to it. */
class Tree {
  readonly #memcache: Memcache;
  /** Whose referrers count; undefined for everybody's. */
  readonly #id: RepositoryId | undefined;
  readonly #seen = new Set<Digest>();

  constructor(memcache: Memcache, id: RepositoryId | undefined) {
    this.#memcache = memcache;
    this.#id = id;
  }

  node(entry: ManifestEntry, size: number, platform: string | undefined): InspectedNode {
    const { digest, mediaType, artifactType, kind } = entry;
    const head = {
      part: kind === 'index' ? ('index' as const) : ('manifest' as const),
      digest,
      mediaType,
      size,
      cached: entry.size,
      ...(platform !== undefined && { platform }),
      ...(artifactType !== undefined && { artifactType }),
    };
    if (this.#seen.has(digest)) return { ...head, repeated: true };
    this.#seen.add(digest);
    const children = kind === 'index' ? this.#manifests(entry) : this.#blobs(entry);
    const referrers = this.#referrers(digest).map((referrer) =>
      this.node(referrer, referrer.size, undefined),
    );
    return { ...head, children, ...(referrers.length > 0 && { referrers }) };
  }

  #manifests({ children }: ManifestEntry): readonly InspectedNode[] {
    return children.map(({ digest, mediaType, size, platform }): InspectedNode => {
      const text = platform && formatPlatform(platform);
      const held = this.#memcache.manifests.get(digest);
      if (held !== undefined) return this.node(held, size, text);
      return { part: 'manifest', digest, mediaType, size, ...(text !== undefined && { platform: text }) };
    });
  }

  #blobs(entry: ManifestEntry): readonly InspectedNode[] {
    return entry.children.map(({ digest, mediaType, size }, position): InspectedNode => {
      const cached = this.#memcache.blobs.size(digest);
      return {
        part: blobKind(entry, position),
        digest,
        mediaType,
        size,
        ...(cached !== undefined && { cached }),
      };
    });
  }

  #referrers(subject: Digest): readonly ManifestEntry[] {
    const { manifests } = this.#memcache;
    const id = this.#id;
    const listed = [...manifests.referrers(subject)].flatMap((digest) => manifests.get(digest) ?? []);
    if (id === undefined) return inOrder(listed);
    const ours = listed.filter(({ references }) => references.has(id));
    const tied = cosignTags(subject).flatMap((tag) => manifests.byTag(id, tag) ?? []);
    return inOrder(new Set([...ours, ...tied]));
  }
}

/** Oldest first. */
function inOrder(entries: Iterable<ManifestEntry>): readonly ManifestEntry[] {
  return [...entries].sort((a, b) => (a.created + a.digest < b.created + b.digest ? -1 : 1));
}
