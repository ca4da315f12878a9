// An archive: a tar file, compressed or not, read once from its beginning to its end, entry by entry.
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Extract, Header } from 'tar-stream';
import { quoted } from '../oci/quotation.ts';
import { compressionOf, decompressor, MAGIC_BYTES } from './archive-compression.ts';
import { ArchiveError } from './archive-error.ts';
import { atLeast } from './byte-chunks.ts';
import { entryName, linkedName } from './entry-name.ts';

export interface ArchiveEntry {
  /** A key, without a leading `./`; unlike a path it has no `..` and does not begin with a slash. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link';
  /** What a link, hard or symbolic, means: the name of another entry, which may be absent or yet to come. */
  readonly linked?: string;
  /** As the header says; `bytes` ends with it or throws. */
  readonly size: number;
  /** Where its content begins in the uncompressed archive. */
  readonly offset: number;
  /** To be read before the next entry is asked for; what is left of it is skipped then. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ArchiveOptions {
  /** What errors call it: the file, or `standard input`. */
  readonly name: string;
  readonly maxEntries?: number;
}

/** Thousands of images have not so many blobs; each entry costs its reader memory. */
const MAX_ENTRIES = 250_000;
const BLOCK = 512;

/**
 * Reads the entries one after the other, at the pace at which they are taken. Stopping early ends the source, as soon
 * as what it was asked for has come.
 * @throws {ArchiveError} when it is damaged, cut off, or has an entry that no honest archive has
 */
export async function* readArchive(
  source: AsyncIterable<Uint8Array>,
  { name: archive, maxEntries = MAX_ENTRIES }: ArchiveOptions,
): AsyncGenerator<ArchiveEntry, void> {
  const place: Place = { entry: undefined, offset: 0 };
  const tar = extract();
  const fed = feed(source, tar);
  fed.catch(() => undefined);
  let count = 0;
  try {
    for await (const entry of tar) {
      if (++count > maxEntries)
        throw new ArchiveError(archive, `it has more than ${maxEntries} entries`, place);
      const { header } = entry;
      place.offset = entry.offset + BLOCK;
      place.entry = quoted(header.name, 300);
      const bytes = entryBytes(entry as AsyncIterable<Uint8Array>, archive, place);
      yield { ...described(header, archive, place), offset: place.offset, bytes };
      for await (const _rest of bytes);
      place.offset += Math.ceil(header.size / BLOCK) * BLOCK;
    }
    await fed;
  } catch (error) {
    throw located(error, archive, place);
  } finally {
    tar.destroy();
    await fed.catch(() => undefined);
  }
}

/**
 * Reads an entry into memory.
 * @throws {ArchiveError} when it is larger than that
 */
export async function readBounded(
  { name, size, bytes, offset }: ArchiveEntry,
  max: number,
  archive: string,
): Promise<Buffer> {
  if (size > max) {
    const why = `it has ${size} bytes, more than the ${max} that are taken`;
    throw new ArchiveError(archive, why, { entry: quoted(name, 300), offset });
  }
  return await buffer(bytes);
}

/** How far the reader is, for the message of whatever fails there. */
interface Place {
  entry: string | undefined;
  offset: number;
}

function described(header: Header, archive: string, place: Place): Omit<ArchiveEntry, 'offset' | 'bytes'> {
  const refuse = (why: string): ArchiveError => new ArchiveError(archive, why, place);
  const { size, type, linkname } = header;
  const name = entryName(header.name);
  if (name === undefined) throw refuse('the name of an entry leads out of the archive');
  if (!Number.isSafeInteger(size)) throw refuse('an entry is larger than can be');
  if (type !== 'file' && type !== 'contiguous-file' && size > 0) throw refuse('what is no file has content');
  switch (type) {
    case 'file':
    case 'contiguous-file':
      return { name, type: 'file', size };
    case 'directory':
      return { name, type, size };
    case 'link':
    case 'symlink': {
      const linked = linkedName(type, name, linkname);
      if (linked === undefined) throw refuse(`a link leads out of the archive, to ${quoted(linkname)}`);
      return { name, type: 'link', linked, size };
    }
    default:
      // The library gives null for what it does not know.
      throw refuse(
        `an entry is neither file nor directory nor link: ${(type as string | null) ?? 'nobody knows what'}`,
      );
  }
}

/** Its iterator cannot be ended: who leaves the loop early leaves the rest to be skipped, and the archive as it is. */
function entryBytes(
  entry: AsyncIterable<Uint8Array>,
  archive: string,
  place: Place,
): AsyncIterable<Uint8Array> {
  const chunks = entry[Symbol.asyncIterator]();
  const next = (): Promise<IteratorResult<Uint8Array, unknown>> =>
    chunks.next().catch((error: unknown) => {
      throw located(error, archive, place);
    });
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

class CutOff extends Error {}

/** Brings the uncompressed bytes to the reader of entries. */
async function feed(source: AsyncIterable<Uint8Array>, tar: Extract): Promise<void> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const beginning = await atLeast(MAGIC_BYTES, chunks);
    const compression = compressionOf(beginning);
    const decoder = decompressor(compression);
    let given = 0;
    await pipeline(
      async function* () {
        given = beginning.length;
        yield beginning;
        for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
          given += next.value.length;
          yield next.value;
        }
      },
      decoder,
      async function* (uncompressed: AsyncIterable<Buffer>) {
        let zeros = 0;
        for await (const chunk of uncompressed) {
          zeros = zerosAtEnd(chunk, zeros);
          yield chunk;
        }
        // Node stops without a word where the last frame of zstd ends; of gzip it complains itself.
        if (compression === 'zstd' && (decoder.bytesWritten ?? 0) < given)
          throw new Error('something follows its compressed data');
        // The end mark of tar. Without it, what was cut off between two entries would pass for whole.
        if (zeros < BLOCK) throw new CutOff();
      },
      tar,
    );
  } catch (error) {
    tar.destroy(error as Error);
    throw error;
  } finally {
    await chunks.return?.();
  }
}

/** How many zeros there are at the end, as far as it matters, after a chunk with so many before it. */
function zerosAtEnd(chunk: Uint8Array, before: number): number {
  const end = chunk.subarray(-BLOCK);
  const last = end.findLastIndex((byte) => byte !== 0);
  return last === -1 ? before + end.length : end.length - 1 - last;
}

function located(error: unknown, archive: string, place: Place): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  const where = { ...place, cause: error };
  if (error instanceof CutOff || code === 'Z_BUF_ERROR' || message === 'Unexpected end of data')
    return new ArchiveError(archive, 'it ends too early: it was cut off', where);
  if (code === undefined || /^(?:Z_|ZSTD_)/.test(code))
    return new ArchiveError(archive, `it is damaged: ${message}`, where);
  return new ArchiveError(archive, `it cannot be read: ${message}`, where);
}
