// What has to go along for images to be served elsewhere: their manifests and blobs, and which image needs each.
import type { LinkCheck } from '../config/config.ts';
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { repositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { attestedDigest } from '../oci/attestation.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import { cosignTags } from '../oci/referrers-tag.ts';
import type { Digest } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import { Turns, sorted, unhurried } from '../thread/turns.ts';
import { isPublic } from './access.ts';
import { cachedImages, imageName, matchesImage } from './cached-images.ts';
import type { CachedImage } from './cached-images.ts';
import { isServableDark } from './completeness.ts';
import type { Serving } from './completeness.ts';
import { imageParts } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';
import { lookUp } from './verify.ts';
import type { Fault } from './verify.ts';

export interface Selection {
  readonly references: readonly ImageName[];
  /** `*` stands for anything in `registry/repository:tag`; alone, for all that is cached. */
  readonly patterns: readonly string[];
  /** Exactly these; none means those that are cached. */
  readonly platforms: readonly Platform[];
  /** Whether signatures, SBOMs and what else refers to the images go with them. */
  readonly referrers: boolean;
}

export interface PlannedImage {
  /** `registry/repository:tag`, or `registry/repository@digest` of what has no tag. */
  readonly name: string;
  readonly digest: Digest;
}

export interface PlannedBlob {
  readonly digest: Digest;
  readonly size: number;
  /** Whether it was ever obtained without credentials. */
  readonly public: boolean;
  /** Those that need it. */
  readonly images: ReadonlySet<PlannedImage>;
}

export interface PlannedManifest extends PlannedBlob {
  readonly mediaType: string;
  /** Whether it is about another manifest. */
  readonly referrer: boolean;
}

export interface IncompleteImage {
  readonly image: string;
  readonly faults: readonly Fault[];
}

/** In an order that depends on the content alone. */
export interface ExportPlan {
  /** By name. */
  readonly images: readonly PlannedImage[];
  /** By digest. */
  readonly manifests: readonly PlannedManifest[];
  /** Configs, then everything else, by digest. */
  readonly blobs: readonly PlannedBlob[];
  /** What cannot go along, because it could not be served from here either. */
  readonly incomplete: readonly IncompleteImage[];
  /** Patterns that are for no image. */
  readonly unmatched: readonly string[];
}

export interface PlanTools {
  readonly memcache: Memcache;
  readonly linkCheck: LinkCheck;
  /** The exact bytes of a cached manifest. */
  readonly manifest: (digest: Digest) => Promise<Uint8Array>;
}

/** Walks the images that are selected, in memory; of manifests only indexes are read, for attestations. */
export async function planExport(selection: Selection, tools: PlanTools): Promise<ExportPlan> {
  const planner = new Planner(selection, tools);
  for await (const reference of unhurried(selection.references)) await planner.reference(reference);
  for (const pattern of selection.patterns) await planner.pattern(pattern);
  return planner.plan();
}

interface Tree {
  readonly image: PlannedImage;
  readonly serving: Serving;
  readonly faults: Fault[];
  /** Roots whose parts have been walked. */
  readonly walked: Set<Digest>;
}

type Growing<Part> = Part & { readonly images: Set<PlannedImage> };

class Planner {
  readonly #selection: Selection;
  readonly #tools: PlanTools;
  readonly #turns = new Turns();
  readonly #images = new Map<string, PlannedImage>();
  readonly #manifests = new Map<Digest, Growing<PlannedManifest>>();
  readonly #configs = new Map<Digest, Growing<PlannedBlob>>();
  readonly #others = new Map<Digest, Growing<PlannedBlob>>();
  readonly #incomplete: IncompleteImage[] = [];
  readonly #unmatched: string[] = [];

  constructor(selection: Selection, tools: PlanTools) {
    this.#selection = selection;
    this.#tools = tools;
  }

  async reference(reference: ImageName): Promise<void> {
    const repository = repositoryId(reference.registry, reference.repository);
    const { entry, fault } = lookUp(this.#serving(repository), reference);
    if (entry === undefined || fault !== undefined) {
      const faults = fault === undefined ? [] : [fault];
      this.#incomplete.push({ image: formatImageName(reference), faults });
      return;
    }
    const { tag } = reference;
    const isBound = tag !== undefined && this.#memcache.manifests.byTag(repository, tag) === entry;
    await this.#image({ repository, entry, ...(isBound && { tag }) }, this.#selection.platforms);
  }

  async pattern(pattern: string): Promise<void> {
    let fits = false;
    for await (const image of unhurried(cachedImages(this.#memcache), this.#turns)) {
      if (!matchesImage(pattern, image)) continue;
      fits = true;
      // What refers to an image comes with it, or is not wanted.
      if (image.tag === undefined && this.#hasSubject(image)) continue;
      await this.#image(image, this.#selection.platforms);
    }
    if (!fits) this.#unmatched.push(pattern);
  }

  async plan(): Promise<ExportPlan> {
    // What is a config to one image and a layer to another stands once.
    for await (const [digest, { images }] of unhurried(this.#configs, this.#turns)) {
      for (const image of this.#others.get(digest)?.images ?? []) images.add(image);
      this.#others.delete(digest);
    }
    return {
      images: await sorted(this.#images.values(), (a, b) => byCodeUnits(a.name, b.name), this.#turns),
      manifests: await this.#byDigest(this.#manifests),
      blobs: [...(await this.#byDigest(this.#configs)), ...(await this.#byDigest(this.#others))],
      incomplete: this.#incomplete,
      unmatched: this.#unmatched,
    };
  }

  #byDigest<Part extends PlannedBlob>(parts: ReadonlyMap<Digest, Part>): Promise<readonly Part[]> {
    return sorted(parts.values(), (a, b) => byCodeUnits(a.digest, b.digest), this.#turns);
  }

  get #memcache(): Memcache {
    return this.#tools.memcache;
  }

  #serving(repository: RepositoryId): Serving {
    return { memcache: this.#memcache, repository, linkCheck: this.#tools.linkCheck };
  }

  #hasSubject({ repository, entry }: CachedImage): boolean {
    const subject = entry.subject && this.#memcache.manifests.get(entry.subject);
    return subject?.references.has(repository) === true;
  }

  async #image(image: CachedImage, wanted: readonly Platform[]): Promise<void> {
    const name = imageName(image);
    if (this.#images.has(name)) return;
    const planned = { name, digest: image.entry.digest };
    this.#images.set(name, planned);
    const serving = this.#serving(image.repository);
    const tree: Tree = { image: planned, serving, faults: [], walked: new Set() };
    await this.#walk(tree, image.entry, wanted);
    if (tree.faults.length > 0) this.#incomplete.push({ image: name, faults: tree.faults });
  }

  /** A manifest, what it names, what BuildKit attests of that, and what refers to any of it. */
  async #walk(tree: Tree, root: ManifestEntry, wanted: readonly Platform[]): Promise<void> {
    if (tree.walked.has(root.digest)) return;
    tree.walked.add(root.digest);
    const manifests: ManifestEntry[] = [];
    for (const { flaw, ...part } of imageParts(root, tree.serving, wanted)) {
      if (flaw !== undefined) {
        tree.faults.push({ ...part, fault: flaw });
        continue;
      }
      const entry = isManifest(part) ? this.#memcache.manifests.get(part.digest) : undefined;
      this.#keep(tree.image, part, entry);
      if (entry !== undefined) manifests.push(entry);
    }
    if (wanted.length > 0) await this.#attestations(tree, manifests);
    if (this.#selection.referrers) await this.#referrers(tree, manifests);
  }

  #keep(image: PlannedImage, part: ImagePart, entry: ManifestEntry | undefined): void {
    const { digest, size } = part;
    const whole = { digest, size, public: isPublic(this.#memcache, digest), images: new Set([image]) };
    if (entry !== undefined) {
      const { mediaType, subject } = entry;
      merge(this.#manifests, { ...whole, mediaType, referrer: subject !== undefined });
    } else merge(part.part === 'config' ? this.#configs : this.#others, whole);
  }

  /** Without chosen platforms they are walked as any other child of their index. */
  async #attestations(tree: Tree, manifests: readonly ManifestEntry[]): Promise<void> {
    const chosen = new Set<string>(manifests.map(({ digest }) => digest));
    for (const index of manifests.filter(({ kind }) => kind === 'index')) {
      const { descriptors } = parseManifest(await this.#tools.manifest(index.digest), index.mediaType);
      for (const descriptor of descriptors) {
        const attested = attestedDigest(descriptor);
        const entry = this.#memcache.manifests.get(descriptor.digest);
        if (attested === undefined || entry === undefined || !chosen.has(attested)) continue;
        if (isServableDark(tree.serving, entry.digest, index)) await this.#walk(tree, entry, []);
      }
    }
  }

  async #referrers(tree: Tree, manifests: readonly ManifestEntry[]): Promise<void> {
    const { repository } = tree.serving;
    for (const { digest } of manifests) {
      for (const referrer of this.#memcache.manifests.referrers(digest)) {
        const entry = this.#memcache.manifests.get(referrer);
        if (entry?.references.has(repository) === true) await this.#walk(tree, entry, []);
      }
      for (const tag of cosignTags(digest)) {
        const entry = this.#memcache.manifests.byTag(repository, tag);
        if (entry !== undefined) await this.#image({ repository, entry, tag }, []);
      }
    }
  }
}

function isManifest({ part }: Pick<ImagePart, 'part'>): boolean {
  return part === 'index' || part === 'manifest';
}

function merge<Part extends Growing<PlannedBlob>>(parts: Map<Digest, Part>, part: Part): void {
  const known = parts.get(part.digest);
  if (known === undefined) parts.set(part.digest, part);
  else for (const image of part.images) known.images.add(image);
}
