// What an archive holds: read once, whatever the order of its entries, with the blobs on the disk when it is over.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { digestAlgorithm, digestHex, digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { quoted } from '../oci/quotation.ts';
import { DigestMismatch } from '../registry/intake.ts';
import type { Intake } from '../registry/intake.ts';
import { ArchiveError } from './archive-error.ts';
import { watched } from './archive-source.ts';
import type { ArchiveSource, ReadWatch } from './archive-source.ts';
import { readArchive, readBounded } from './archive.ts';
import { entryName } from './entry-name.ts';
import type { ArchiveEntry } from './archive.ts';

/** An entry that has been read. */
export interface HeldEntry {
  readonly name: string;
  /** Of its bytes. */
  readonly digest: Digest;
  readonly size: number;
  /** Its bytes, where they are few; those of the others are on the disk. */
  readonly bytes?: Buffer;
}

/** Manifests and configs are smaller than this, with few exceptions. */
const SMALL = 256 * 1024;
/** What all of them may take in memory; the rest goes to the disk as well. */
const ROOM = 32 * 1024 * 1024;
/** A link to a link to a link: nobody writes that. */
const MAX_LINKS = 4;

/**
 * An index may stand behind all that it names, so everything is taken in: blobs onto the disk, where no repository has
 * them yet, small entries into memory. What is then linked to no image is taken away by `discardRest`.
 */
export class ArchiveContents {
  readonly name: string;
  readonly #intake: Intake;
  readonly #entries = new Map<string, HeldEntry>();
  readonly #links = new Map<string, string>();
  /** What this archive has brought onto the disk and no image has been given. */
  readonly #fresh = new Set<Digest>();
  #room = ROOM;

  constructor(name: string, intake: Intake) {
    this.name = name;
    this.#intake = intake;
  }

  /**
   * Reads all of it.
   * @throws {ArchiveError} when it cannot be read to its end, or has two entries of one name
   * @throws {StoreError} when the disk does not take it
   */
  async read(source: ArchiveSource, watch: ReadWatch): Promise<void> {
    for await (const entry of readArchive(watched(source.bytes(), watch), { name: this.name })) {
      if (entry.type === 'link') this.#links.set(entry.name, entry.linked ?? '');
      if (entry.type !== 'file') continue;
      const held = await this.#take(entry);
      const other = this.#entries.get(entry.name);
      if (other !== undefined && other.digest !== held.digest)
        throw new ArchiveError(this.name, 'there are two different entries of one name', {
          entry: quoted(entry.name, 300),
          offset: entry.offset,
        });
      this.#entries.set(entry.name, held);
    }
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  hasContent(digest: Digest): boolean {
    return this.has(contentName(digest));
  }

  /** @throws {ArchiveError} when there is no such entry */
  entry(written: string): HeldEntry {
    const name = entryName(written) ?? '';
    const held = this.#find(name);
    if (held === undefined) throw new ArchiveError(this.name, `it has no entry ${quoted(written, 300)}`);
    return held;
  }

  /**
   * The entry of an OCI layout that has the bytes of a digest.
   * @throws {ArchiveError} when there is none, or it has other bytes than its name says
   */
  content(digest: Digest): HeldEntry {
    const held = this.entry(contentName(digest));
    if (held.digest !== digest) throw this.flaw(held, `its bytes hash to ${held.digest}`);
    return held;
  }

  /** What is wrong with an entry. */
  flaw({ name }: HeldEntry, why: string, cause?: unknown): ArchiveError {
    return new ArchiveError(this.name, why, { entry: quoted(name, 300), cause });
  }

  /**
   * The bytes of an entry that is looked into.
   * @throws {ArchiveError} when it is larger than that
   */
  async bytes(entry: HeldEntry, max: number): Promise<Buffer> {
    if (entry.size > max)
      throw this.flaw(entry, `it has ${entry.size} bytes, more than the ${max} that are taken`);
    return entry.bytes ?? (await buffer(this.stream(entry)));
  }

  /** The first bytes of an entry, or all where they are fewer. */
  async beginning(entry: HeldEntry, length: number): Promise<Buffer> {
    for await (const chunk of this.stream(entry)) return Buffer.from(chunk.subarray(0, length));
    return Buffer.alloc(0);
  }

  /** The bytes of an entry, however many. */
  stream({ digest, bytes }: HeldEntry): AsyncIterable<Uint8Array> {
    return bytes === undefined ? this.#intake.blobBytes(digest) : once(bytes);
  }

  /**
   * Has a blob on the disk, to be given to an image.
   * @returns its bytes, when it came with this archive and was given to no image before
   */
  async provide({ digest, size, bytes }: HeldEntry): Promise<number> {
    const brought =
      bytes === undefined ? this.#fresh.delete(digest) : await this.#intake.blob(digest, once(bytes));
    return brought ? size : 0;
  }

  /** Takes back from the disk what has been given to no image. */
  async discardRest(): Promise<void> {
    for (const digest of this.#fresh) await this.#intake.discard(digest);
    this.#fresh.clear();
  }

  #find(name: string): HeldEntry | undefined {
    let found = name;
    for (let links = 0; links < MAX_LINKS; links += 1) found = this.#links.get(found) ?? found;
    return this.#entries.get(found);
  }

  async #take(entry: ArchiveEntry): Promise<HeldEntry> {
    const { name, size } = entry;
    const named = contentDigest(name);
    if (size <= Math.min(SMALL, this.#room)) {
      this.#room -= size;
      const bytes = await readBounded(entry, SMALL, this.name);
      return { name, size, bytes, digest: digestOf(bytes, named && digestAlgorithm(named)) };
    }
    if (named !== undefined) return { name, size, digest: await this.#storeNamed(named, entry) };
    const { digest, stored } = await this.#intake.unnamedBlob(entry.bytes);
    if (stored) this.#fresh.add(digest);
    return { name, size, digest };
  }

  /** @returns the digest of the bytes, which need not be the one that they go by */
  async #storeNamed(digest: Digest, { bytes }: ArchiveEntry): Promise<Digest> {
    try {
      if (await this.#intake.blob(digest, bytes)) {
        this.#fresh.add(digest);
        return digest;
      }
    } catch (error) {
      if (error instanceof DigestMismatch) return error.actual;
      throw error;
    }
    // Who brings the bytes has them; who merely knows the digest of somebody's private content has not.
    const hash = createHash(digestAlgorithm(digest));
    for await (const chunk of bytes) hash.update(chunk);
    return `${digestAlgorithm(digest)}:${hash.digest('hex')}` as Digest;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}

function contentName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The digest that the name of an entry promises, as in an OCI layout. */
function contentDigest(name: string): Digest | undefined {
  const [, algorithm, hex] = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(name) ?? [];
  const digest = `${algorithm ?? ''}:${hex ?? ''}`;
  return isDigest(digest) ? digest : undefined;
}
