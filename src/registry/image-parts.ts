// The parts of a cached image, manifests and blobs, and what is wrong with each if its upstream were gone.
import type { Child, ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributableType, isSchema1Type, mediaTypes } from '../oci/media-type.ts';
import { formatPlatform, selectPlatforms } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { isServableDark } from './completeness.ts';
import type { Serving } from './completeness.ts';

export type PartKind = 'index' | 'manifest' | 'config' | 'layer' | 'blob';

export type Flaw =
  /** It is not cached. */
  | 'missing'
  /** It is cached for other repositories, and private. */
  | 'not-linked'
  /** It is cached, but not with the size that its descriptor gives. */
  | 'wrong-size'
  /** Its bytes are not those of its digest. */
  | 'damaged'
  /** The file system does not give its bytes. */
  | 'unreadable'
  /** Of an index: it has nothing for a platform that is wanted. */
  | 'no-platform'
  /** Of an index: no platform of it is cached at all. */
  | 'no-platform-cached'
  /** A manifest of schema 1, into which nobody looks. */
  | 'unchecked';

export interface ImagePart {
  readonly part: PartKind;
  readonly digest: Digest;
  /** As its descriptor says. */
  readonly size: number;
  /** Bytes on disk; undefined when it is not cached. */
  readonly cached?: number;
  /** Which platform's image it is of, or which one the index lacks. */
  readonly platform?: string;
  readonly flaw?: Flaw;
}

/**
 * Walks an image from its root, each part once: an index, the image manifests of the wanted platforms, their
 * configs and layers. No wanted platform at all means those that are cached, or are known to have been.
 */
export function imageParts(
  root: ManifestEntry,
  serving: Serving,
  wanted: readonly Platform[] = [],
): readonly ImagePart[] {
  const walk = new PartWalk(serving, wanted);
  walk.manifest(root, root.size, undefined);
  if (root.kind === 'index' && root.children.length > 0) walk.concludePlatforms(root);
  return walk.parts;
}

class PartWalk {
  readonly parts: ImagePart[] = [];
  readonly #serving: Serving;
  readonly #wanted: readonly Platform[];
  readonly #found = new Set<Platform>();
  readonly #seen = new Set<string>();

  constructor(serving: Serving, wanted: readonly Platform[]) {
    this.#serving = serving;
    this.#wanted = wanted;
  }

  manifest(entry: ManifestEntry, described: number, platform: string | undefined): void {
    const { digest, size, kind } = entry;
    if (!this.#isNew(digest, described)) return;
    const flaw = size !== described ? 'wrong-size' : isSchema1Type(entry.mediaType) ? 'unchecked' : undefined;
    this.#add(kind === 'index' ? 'index' : 'manifest', { digest, size: described }, size, platform, flaw);
    if (kind === 'index') this.#index(entry, platform);
    if (kind === 'image') this.#blobs(entry, platform);
  }

  /** The platforms are judged when the whole is known: a nested index need not have all of them. */
  concludePlatforms(root: ManifestEntry): void {
    for (const platform of this.#wanted) {
      if (this.#found.has(platform)) continue;
      this.#add('index', root, root.size, formatPlatform(platform), 'no-platform');
    }
    const hasImage = this.parts.some(({ part, digest }) => part !== 'index' || digest !== root.digest);
    if (this.#wanted.length === 0 && !hasImage) {
      this.#add('index', root, root.size, undefined, 'no-platform-cached');
    }
  }

  #index(entry: ManifestEntry, inherited: string | undefined): void {
    for (const child of this.#chosen(entry)) {
      const held = this.#serving.memcache.manifests.get(child.digest);
      const platform = child.platform === undefined ? inherited : formatPlatform(child.platform);
      const flaw =
        held === undefined
          ? 'missing'
          : isServableDark(this.#serving, child.digest, entry)
            ? undefined
            : 'not-linked';
      if (held !== undefined && flaw === undefined) this.manifest(held, child.size, platform);
      // What was not asked for is not missed, unless it had been there.
      else if (this.#isMissed(child) && this.#isNew(child.digest, child.size)) {
        this.#add('manifest', child, held?.size, platform, flaw);
      }
    }
  }

  #isMissed({ digest }: Child): boolean {
    return this.#wanted.length > 0 || this.#serving.lost?.has(digest) === true;
  }

  #chosen({ children }: ManifestEntry): readonly Child[] {
    for (const platform of this.#wanted) {
      if (selectPlatforms(children, [platform]).some((child) => this.#isFor(child)))
        this.#found.add(platform);
    }
    return selectPlatforms(children, this.#wanted);
  }

  /** A nested index that is cached will tell; anything else without a platform is meant for any. */
  #isFor({ digest, platform }: Child): boolean {
    return platform !== undefined || this.#serving.memcache.manifests.get(digest)?.kind !== 'index';
  }

  #blobs(entry: ManifestEntry, platform: string | undefined): void {
    const { blobs } = this.#serving.memcache;
    for (const [position, child] of entry.children.entries()) {
      if (!this.#isNew(child.digest, child.size)) continue;
      const cached = blobs.size(child.digest);
      let flaw: Flaw | undefined;
      if (cached === undefined) flaw = 'missing';
      else if (cached !== child.size) flaw = 'wrong-size';
      else if (!isServableDark(this.#serving, child.digest, entry)) flaw = 'not-linked';
      // Clients get those elsewhere.
      if (flaw !== undefined && isNonDistributableType(child.mediaType)) continue;
      this.#add(blobKind(entry, position), child, cached, platform, flaw);
    }
  }

  #isNew(digest: Digest, size: number): boolean {
    const key = `${digest} ${size}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #add(
    part: PartKind,
    { digest, size }: Pick<Child, 'digest' | 'size'>,
    cached: number | undefined,
    platform: string | undefined,
    flaw: Flaw | undefined,
  ): void {
    this.parts.push({
      part,
      digest,
      size,
      ...(cached !== undefined && { cached }),
      ...(platform !== undefined && { platform }),
      ...(flaw !== undefined && { flaw }),
    });
  }
}

/** What a blob is to its manifest: a config comes first, then the layers. */
export function blobKind({ mediaType }: ManifestEntry, position: number): PartKind {
  if (mediaType === mediaTypes.ociArtifact) return 'blob';
  return position === 0 ? 'config' : 'layer';
}
