// The import of one bundle: everything in it is verified and stored where nobody sees it, and only when all of it is
// there does it become visible.
import { createHash } from 'node:crypto';
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageName } from '../oci/image-name.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Tag } from '../oci/reference.ts';
import { DigestMismatch } from '../registry/intake.ts';
import type { Intake, Standing } from '../registry/intake.ts';
import type { Target } from '../registry/library.ts';
import type { Registry } from '../registry/registry.ts';
import { unpruned } from '../registry/unpruned.ts';
import { Turns, unhurried } from '../thread/turns.ts';
import { BundleError, MissingBase } from './bundle-error.ts';
import type { MissingPart } from './bundle-error.ts';
import { BundleReader } from './bundle-reader.ts';
import { blobName } from './bundle-table.ts';
import type { BundleManifest, BundlePart, BundleTable } from './bundle-table.ts';
import { BundleTrees } from './bundle-trees.ts';
import { joined } from './byte-reader.ts';
import { forEach } from './for-each.ts';

/** They grow while the bundle is read. */
export interface ImportNumbers {
  /** Bytes of the blobs in the bundle. */
  readonly total: number;
  /** Of these, the bytes that have been read. */
  done: number;
  /** Of these, the bytes that had to be stored. */
  fetched: number;
  /** Blobs that had to be stored; they are kept, also when the bundle is refused further on. */
  blobs: number;
}

export interface ImportOptions {
  /** Its library says whose repository is whose, and which are closed. */
  readonly registry: Pick<Registry, 'intake' | 'library' | 'holdPruning' | 'cached'>;
  readonly pin: boolean;
  /** Whether to verify only. */
  readonly dryRun: boolean;
  /** Told when it is known what is coming. */
  readonly begun: (numbers: ImportNumbers) => void;
}

export interface ImportedImage {
  readonly name: string;
  readonly digest: Digest;
  /** How it stood before. */
  readonly standing: Standing;
}

export interface ImportReport {
  readonly images: readonly ImportedImage[];
  readonly numbers: ImportNumbers;
}

/** Records are small files, each of which waits for the disk. */
const RECORDS_AT_ONCE = 16;

/**
 * Imports a bundle. What was verified stays when it fails, and is not stored again by the next attempt.
 * @param source a chunk of it need be good only until the next one is asked for
 * @throws {BundleError} naming the first bad entry; nothing has become visible then
 * @throws {MissingBase} when it leans on what is not here; nothing has been stored then
 * @throws {OciError} DENIED when the configuration closes one of its registries; UNAVAILABLE while somebody prunes
 * @throws {StoreError} when the disk does not take it
 */
export async function importBundle(
  source: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<ImportReport> {
  const reader = await BundleReader.open(source);
  try {
    const running = new Import(reader, await destinations(reader.table, options), options);
    if (options.dryRun) return await running.verify();
    return await unpruned(options.registry, 'import', async (lease) => {
      const report = await running.verify();
      await lease.confirm();
      await running.publish();
      return report;
    });
  } finally {
    await reader.close();
  }
}

interface Destination {
  readonly target: Target;
  readonly tag: Tag | undefined;
}

/** Of each image, in the order of the table. */
async function destinations(
  { images }: BundleTable,
  { registry: { library } }: ImportOptions,
): Promise<readonly Destination[]> {
  const found: Destination[] = [];
  for await (const { name } of unhurried(images)) {
    const { registry, repository, tag } = parseImageName(name);
    found.push({ target: library.target(registry, repository), tag });
  }
  return found;
}

class Import {
  readonly #reader: BundleReader;
  readonly #table: BundleTable;
  readonly #options: ImportOptions;
  readonly #turns = new Turns();
  readonly #trees: BundleTrees;
  /** Each behind what it names. */
  #groups: readonly (readonly BundleManifest[])[] = [];
  readonly #numbers: ImportNumbers;
  readonly #destinations: readonly Destination[];

  constructor(reader: BundleReader, destinations: readonly Destination[], options: ImportOptions) {
    this.#reader = reader;
    this.#table = reader.table;
    this.#destinations = destinations;
    this.#options = options;
    this.#trees = new BundleTrees(this.#table);
    const total = this.#table.blobs.reduce((sum, { size, there }) => (there ? sum : sum + size), 0);
    this.#numbers = { total, done: 0, fetched: 0, blobs: 0 };
  }

  /** Reads all of it, and stores what is new unless it is only to be verified. */
  async verify(): Promise<ImportReport> {
    await this.#refuseMissing();
    this.#options.begun(this.#numbers);
    for await (const manifest of unhurried(this.#table.manifests, this.#turns))
      await this.#manifest(manifest);
    this.#groups = this.#trees.bottomUp();
    for await (const blob of unhurried(this.#table.blobs, this.#turns))
      if (!blob.there) await this.#blob(blob);
    await this.#reader.end();
    return { images: await this.#standings(), numbers: this.#numbers };
  }

  get #intake(): Intake {
    return this.#options.registry.intake;
  }

  /** What a differential bundle leaves out has to be here. */
  async #refuseMissing(): Promise<void> {
    const missing: MissingPart[] = [];
    const note = ({ digest, size, images }: BundlePart): void =>
      void missing.push({ digest, size, images: images.flatMap((at) => this.#table.images[at]?.name ?? []) });
    for await (const manifest of unhurried(this.#table.manifests, this.#turns))
      if (manifest.there && (await this.#intake.manifestBytes(manifest.digest)) === undefined) note(manifest);
    for await (const blob of unhurried(this.#table.blobs, this.#turns))
      if (blob.there && (await this.#intake.blobSize(blob.digest)) !== blob.size) note(blob);
    if (missing.length > 0) throw new MissingBase(missing);
  }

  async #manifest(entry: BundleManifest): Promise<void> {
    const { digest, there } = entry;
    const bytes = there ? await this.#intake.manifestBytes(digest) : await this.#verified(entry);
    if (bytes === undefined)
      throw new Error(`${digest} was deleted here while the bundle was imported; import it again`);
    const manifest = parsed(entry, bytes);
    this.#trees.add(entry, manifest);
    if (there || this.#options.dryRun) return;
    await this.#intake.keepManifest({ digest, bytes, manifest, anonymous: false });
  }

  async #verified(part: BundlePart): Promise<Buffer> {
    return joined(hashed(part, this.#reader.part(part)));
  }

  async #blob(blob: BundlePart): Promise<void> {
    const { digest, size } = blob;
    const cached = await this.#intake.blobSize(digest);
    if (cached !== undefined && cached !== size) throw damagedHere(digest, cached, size);
    const isNew = cached === undefined;
    const bytes = this.#counted(blob, isNew);
    const isStored = isNew && !this.#options.dryRun && (await this.#stored(blob, bytes));
    // What is there is hashed all the same: an altered bundle is refused wherever it was altered.
    if (!isStored) for await (const _chunk of hashed(blob, bytes));
    if (isNew) this.#numbers.blobs += 1;
  }

  async *#counted(blob: BundlePart, isNew: boolean): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#reader.part(blob)) {
      this.#numbers.done += chunk.byteLength;
      if (isNew) this.#numbers.fetched += chunk.byteLength;
      yield chunk;
    }
  }

  /** @returns false when a client's pull has brought it in the meantime; `bytes` has not been read then */
  async #stored({ digest }: BundlePart, bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
    try {
      return await this.#intake.blob(digest, bytes);
    } catch (error) {
      throw error instanceof DigestMismatch ? altered(digest, error) : error;
    }
  }

  async #standings(): Promise<readonly ImportedImage[]> {
    const images: ImportedImage[] = [];
    for await (const [position, { name, digest }] of unhurried(this.#table.images.entries(), this.#turns)) {
      const { target, tag } = this.#destination(position);
      images.push({ name, digest, standing: await this.#intake.standing(target, digest, tag) });
    }
    return images;
  }

  /**
   * Blobs first, then manifests behind what they name, then tags: at no moment is anything visible that leads to
   * what is not. Killed in the midst, another import completes it.
   */
  async publish(): Promise<void> {
    const { blobs, images } = this.#table;
    const intake = this.#intake;
    await forEach(blobs, RECORDS_AT_ONCE, (blob) =>
      intake.shareBlob(this.#targets(blob), blob.digest, blob.public === true),
    );
    for (const group of this.#groups) {
      await forEach(group, RECORDS_AT_ONCE, async (manifest) => {
        for (const target of this.#targets(manifest))
          await intake.shareManifest(target, manifest.digest, manifest.public === true);
      });
    }
    await forEach(images.entries(), RECORDS_AT_ONCE, async ([position, { digest }]) => {
      const { target, tag } = this.#destination(position);
      if (tag !== undefined) await intake.shareManifest(target, digest, false, tag);
      if (this.#options.pin) await intake.pin(target, digest, tag);
    });
  }

  /** The repositories of the images that need a part, each once. */
  #targets({ images }: BundlePart): readonly Target[] {
    const targets = images.map((position) => this.#destination(position).target);
    return [
      ...new Map(targets.map((target) => [`${target.registry}/${target.repository}`, target])).values(),
    ];
  }

  #destination(position: number): Destination {
    const destination = this.#destinations[position];
    if (destination === undefined) throw new Error(`the table has no image ${position}`);
    return destination;
  }
}

function parsed({ digest, mediaType }: BundleManifest, bytes: Uint8Array): Manifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (cause) {
    throw new BundleError(blobName(digest), cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function* hashed({ digest }: BundlePart, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash(digestAlgorithm(digest));
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== digestHex(digest)) throw altered(digest);
}

function altered(digest: Digest, cause?: unknown): BundleError {
  return new BundleError(blobName(digest), 'its bytes were changed: they are not those of its digest', cause);
}

function damagedHere(digest: Digest, cached: number, size: number): Error {
  return new Error(
    `the blob ${digest} is cached with ${cached} bytes of ${size}; set it aside with verify --deep --all, and import again`,
  );
}
