// The load of one image from an archive that has been read: nothing of it is visible before all of it is there.
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageName } from '../oci/image-name.ts';
import { isNonDistributableType } from '../oci/media-type.ts';
import type { Tag } from '../oci/reference.ts';
import type { Intake } from '../registry/intake.ts';
import type { Target } from '../registry/library.ts';
import type { ArchiveContents, HeldEntry } from './archive-contents.ts';
import { ArchiveError } from './archive-error.ts';
import { archivedManifest } from './archived-images.ts';
import type { ArchivedImage, ArchivedImages, ArchivedManifest } from './archived-images.ts';
import { MAX_REFERRER_DEPTH } from './image-load.ts';
import type { ImageLoadOptions, LoadNumbers } from './image-load.ts';
import { MAX_INDEX_DEPTH, platformNames, platformsOf, wantedChildren } from './wanted-children.ts';

export interface ArchivedLoadOptions extends Omit<ImageLoadOptions, 'blobTurn'> {
  readonly intake: Intake;
}

interface PlannedManifest extends ArchivedManifest {
  readonly tag?: Tag;
}

/** Where in the tree of an image a manifest stands. */
interface Position {
  readonly depth: number;
  readonly referrerDepth: number;
}

export class ArchivedImageLoad {
  readonly notes: string[] = [];
  readonly numbers = {
    ...{ total: 0, done: 0, fetched: 0, manifests: 0, blobs: 0 },
    ...{ fetchedManifests: 0, fetchedBlobs: 0, referrers: 0 },
  } satisfies LoadNumbers;
  readonly #contents: ArchiveContents;
  readonly #archived: ArchivedImages;
  readonly #options: ArchivedLoadOptions;
  readonly #visited = new Set<Digest>();
  /** Each behind what it names. */
  readonly #manifests: PlannedManifest[] = [];
  /** Undefined where the repository has it already, and the archive has not. */
  readonly #blobs = new Map<Digest, HeldEntry | undefined>();

  constructor(contents: ArchiveContents, archived: ArchivedImages, options: ArchivedLoadOptions) {
    this.#contents = contents;
    this.#archived = archived;
    this.#options = options;
  }

  /**
   * Loads it under a name, and pins it.
   * @returns what the name leads to
   * @throws {Error} when the archive has not all of it, or something else in its place; then nothing of it is visible
   */
  async run(image: ArchivedImage, { registry, repository, tag, digest }: ImageName): Promise<Digest> {
    const { library, intake, as, pin } = this.#options;
    const target = library.target(as.get(registry) ?? registry, repository);
    const root = await image.root();
    if (digest !== undefined && digest !== root.digest)
      throw new Error(`its name says ${digest}, but the archive has ${root.digest}`);
    const bound = digest === undefined ? tag : undefined;
    await this.#plan(target, root, { depth: 0, referrerDepth: MAX_REFERRER_DEPTH }, bound);
    for (const [blob, entry] of this.#blobs) await this.#store(target, blob, entry);
    for (const planned of this.#manifests) await this.#publish(target, planned);
    if (pin) await intake.pin(target, root.digest, bound);
    return root.digest;
  }

  async #plan(target: Target, held: ArchivedManifest, position: Position, tag?: Tag): Promise<void> {
    const { digest, manifest } = held;
    if (this.#visited.has(digest)) return;
    this.#visited.add(digest);
    if (manifest.kind === 'index') await this.#planChildren(target, held, position);
    else for (const blob of manifest.descriptors) this.#planBlob(target, blob);
    if (manifest.kind === 'opaque') this.notes.push('what its manifest names is not known, and not loaded');
    await this.#planReferrers(target, digest, position);
    this.#manifests.push({ ...held, ...(tag !== undefined && { tag }) });
  }

  /** What was exported of one platform has the index of all. */
  async #planChildren(target: Target, { manifest }: ArchivedManifest, position: Position): Promise<void> {
    const { depth, referrerDepth } = position;
    if (depth >= MAX_INDEX_DEPTH && manifest.descriptors.length > 0)
      throw new Error('its indexes are nested too deeply');
    const { images, attestations, unmet } = wantedChildren(manifest, this.#options.platforms);
    const isThere = ({ digest }: Descriptor): boolean => this.#contents.hasContent(digest);
    const absent = images.filter((image) => !isThere(image));
    if (images.length > 0 && absent.length === images.length)
      throw new Error(`the archive has nothing of it for ${platformNames(platformsOf(images))}`);
    if (depth === 0 && unmet.length > 0) this.notes.push(`it is not for ${platformNames(unmet)}`);
    if (absent.length > 0)
      this.notes.push(`the archive has nothing of it for ${platformNames(platformsOf(absent))}`);
    for (const child of [...images, ...attestations].filter(isThere)) {
      const held = await archivedManifest(this.#contents, child);
      await this.#plan(target, held, { depth: depth + 1, referrerDepth });
    }
  }

  #planBlob(target: Target, { digest, size, mediaType }: Descriptor): void {
    if (this.#blobs.has(digest)) return;
    const entry = this.#archived.blob(digest);
    if (entry === undefined) {
      if (isNonDistributableType(mediaType)) return;
      if (!this.#options.library.holds(target, digest))
        throw new ArchiveError(this.#contents.name, `the archive lacks ${digest} of it`);
    } else if (entry.size !== size) {
      throw this.#contents.flaw(entry, `it has ${entry.size} bytes in place of ${size}`);
    }
    this.#blobs.set(digest, entry);
    this.numbers.total += size;
    this.numbers.blobs += 1;
    if (entry === undefined) this.numbers.done += size;
  }

  async #planReferrers(target: Target, subject: Digest, { referrerDepth }: Position): Promise<void> {
    if (!this.#options.referrers || referrerDepth === 0) return;
    for (const { descriptor, tag } of this.#archived.referrers.get(subject) ?? []) {
      if (this.#visited.has(descriptor.digest)) continue;
      this.numbers.referrers += 1;
      const held = await archivedManifest(this.#contents, descriptor);
      await this.#plan(target, held, { depth: 0, referrerDepth: referrerDepth - 1 }, tag);
    }
  }

  async #store(target: Target, digest: Digest, entry: HeldEntry | undefined): Promise<void> {
    this.#options.signal.throwIfAborted();
    if (entry === undefined) return;
    const brought = await this.#contents.provide(entry);
    await this.#options.intake.shareBlob([target], digest, false);
    this.numbers.done += entry.size;
    this.numbers.fetched += brought;
    if (brought > 0) this.numbers.fetchedBlobs += 1;
  }

  async #publish(target: Target, { tag, ...manifest }: PlannedManifest): Promise<void> {
    const { intake } = this.#options;
    this.numbers.manifests += 1;
    if ((await intake.standing(target, manifest.digest)) === 'new') this.numbers.fetchedManifests += 1;
    await intake.keepManifest({ ...manifest, anonymous: false });
    await intake.shareManifest(target, manifest.digest, false, tag);
  }
}
