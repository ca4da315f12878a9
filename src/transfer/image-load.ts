// The load of one image: its manifests for the wanted platforms, their blobs, and what refers to them.
import { cosignTags } from '../oci/referrers-tag.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageName } from '../oci/image-name.ts';
import { isNonDistributableType } from '../oci/media-type.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { BlobProgress, HeldManifest, Library, Target } from '../registry/library.ts';
import type { Limit } from './limit.ts';
import { MAX_INDEX_DEPTH, platformNames, wantedChildren } from './wanted-children.ts';

export interface LoadNumbers {
  /** Bytes of the blobs that are known to be wanted. */
  total: number;
  /** Of these, the bytes that are there, also of blobs that are coming. */
  readonly done: number;
  /** Of these, what came now. */
  readonly fetched: number;
  manifests: number;
  blobs: number;
  fetchedManifests: number;
  fetchedBlobs: number;
  referrers: number;
}

export interface ImageLoadOptions {
  readonly library: Library;
  /** None: every platform of an index. */
  readonly platforms: readonly Platform[];
  readonly referrers: boolean;
  readonly pin: boolean;
  /** Under which registry's name what comes from another is stored. */
  readonly as: ReadonlyMap<RegistryHost, RegistryHost>;
  /** Nothing is begun after it. */
  readonly signal: AbortSignal;
  /** Shared by all images that load at once. */
  readonly blobTurn: Limit;
}

/** A signature of an SBOM of a signature: nobody needs more, and a hostile registry could go on for ever. */
export const MAX_REFERRER_DEPTH = 3;

export class ImageLoad {
  readonly notes: string[] = [];
  readonly numbers: LoadNumbers;
  readonly #image: ImageName;
  readonly #options: ImageLoadOptions;
  readonly #target: () => Target;
  readonly #bytes = new Map<Digest, BlobProgress>();
  readonly #visited = new Set<Digest>();
  readonly #blobs: Promise<void>[] = [];
  #failed = false;

  constructor(image: ImageName, options: ImageLoadOptions) {
    this.#image = image;
    this.#options = options;
    const bytes = this.#bytes;
    this.numbers = {
      ...{ total: 0, manifests: 0, blobs: 0, fetchedManifests: 0, fetchedBlobs: 0, referrers: 0 },
      get done() {
        return bytes.values().reduce((sum, { there }) => sum + there, 0);
      },
      get fetched() {
        return bytes.values().reduce((sum, { fetched }) => sum + fetched, 0);
      },
    };
    this.#target = () => {
      const { registry, repository } = image;
      const as = options.as.get(registry);
      return as === undefined
        ? options.library.target(registry, repository)
        : options.library.target(as, repository, registry);
    };
  }

  /**
   * Loads it, and pins it when it is whole.
   * @returns what the reference leads to
   * @throws {OciError} the first failure, when what was under way has ended
   */
  async run(): Promise<Digest> {
    const { digest, tag } = this.#image;
    const reference: Reference | undefined = digest ?? tag;
    if (reference === undefined) throw new Error('neither a tag nor a digest is named');
    const target = this.#target();
    try {
      const root = await this.#manifest(target, reference);
      if (root.stale) this.notes.push('the registry did not confirm that the tag still leads here');
      await this.#tree(target, root, MAX_REFERRER_DEPTH);
      await Promise.all(this.#blobs);
      if (this.#options.pin)
        await this.#options.library.pin(target, root.digest, digest === undefined ? tag : undefined);
      return root.digest;
    } catch (error) {
      this.#failed = true;
      await Promise.allSettled(this.#blobs);
      throw error;
    }
  }

  get #library(): Library {
    return this.#options.library;
  }

  async #manifest(target: Target, reference: Reference): Promise<HeldManifest> {
    const held = await this.#library.manifest(target, reference);
    this.#count(held);
    return held;
  }

  #count({ fetched }: HeldManifest): void {
    this.numbers.manifests += 1;
    if (fetched) this.numbers.fetchedManifests += 1;
  }

  /** A manifest, what it names, and what refers to it. */
  async #tree(target: Target, held: HeldManifest, referrerDepth: number, depth = 0): Promise<void> {
    if (this.#visited.has(held.digest)) return;
    this.#visited.add(held.digest);
    if (held.manifest.kind === 'index') {
      for (const child of this.#children(held.manifest, depth)) {
        await this.#tree(target, await this.#manifest(target, child.digest), referrerDepth, depth + 1);
      }
    } else {
      if (held.manifest.kind === 'opaque')
        this.notes.push('what its manifest names is not known, and not loaded');
      for (const blob of held.manifest.descriptors) this.#startBlob(target, blob);
    }
    if (this.#options.referrers && referrerDepth > 0)
      await this.#referrers(target, held.digest, referrerDepth);
  }

  #children(index: Manifest, depth: number): readonly Descriptor[] {
    if (depth >= MAX_INDEX_DEPTH && index.descriptors.length > 0)
      throw new Error('its indexes are nested too deeply');
    const { images, attestations, unmet } = wantedChildren(index, this.#options.platforms);
    if (depth === 0 && unmet.length > 0) this.notes.push(`it is not for ${platformNames(unmet)}`);
    return [...images, ...attestations];
  }

  #startBlob(target: Target, { digest, size, mediaType }: Descriptor): void {
    if (this.#bytes.has(digest) || isNonDistributableType(mediaType)) return;
    this.numbers.total += size;
    this.numbers.blobs += 1;
    if (this.#library.holds(target, digest)) {
      this.#bytes.set(digest, { there: size, fetched: 0 });
      return;
    }
    this.#bytes.set(digest, { there: 0, fetched: 0 });
    const loading = this.#options.blobTurn(async () => {
      if (this.#failed || this.#options.signal.aborted) throw new Error('it was interrupted');
      const fetched = await this.#library.ensureBlob(target, digest, (progress) =>
        this.#bytes.set(digest, progress),
      );
      if (fetched) this.numbers.fetchedBlobs += 1;
      else this.#bytes.set(digest, { there: size, fetched: 0 });
    });
    // Whoever waits for all of them hears of it.
    loading.catch(() => undefined);
    this.#blobs.push(loading);
  }

  async #referrers(target: Target, subject: Digest, depth: number): Promise<void> {
    const found: HeldManifest[] = [];
    for (const { digest } of await this.#listed(target, subject)) {
      if (!this.#visited.has(digest)) found.push(await this.#manifest(target, digest));
    }
    for (const tag of cosignTags(subject)) {
      const held = await this.#library
        .manifestIfAny(target, tag)
        .catch((error: unknown) => this.#noteReferrers(error));
      if (held === undefined || this.#visited.has(held.digest)) continue;
      this.#count(held);
      found.push(held);
    }
    for (const held of found) {
      this.numbers.referrers += 1;
      await this.#tree(target, held, depth - 1);
    }
  }

  /** What a registry cannot list is worth a word; what it lists and does not give is a failure. */
  async #listed(target: Target, subject: Digest): Promise<readonly Descriptor[]> {
    try {
      return (await this.#library.referrers(target, subject)).descriptors;
    } catch (error) {
      this.#noteReferrers(error);
      return [];
    }
  }

  #noteReferrers(error: unknown): undefined {
    const why = error instanceof Error ? error.message : String(error);
    const note = `its referrers could not all be found: ${why}`;
    if (!this.notes.includes(note)) this.notes.push(note);
  }
}
