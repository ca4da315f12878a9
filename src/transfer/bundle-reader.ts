// Reads a bundle from a stream: its head at once, then the bytes of each part in turn. The table tells what every
// byte around them has to be, so they are compared and not parsed: no name in an archive is ever acted on.
import { BundleError } from './bundle-error.ts';
import {
  MAX_TABLE_BYTES,
  blobName,
  indexBytes,
  indexName,
  layoutFile,
  parseTable,
  tableName,
} from './bundle-table.ts';
import type { BundlePart, BundleTable } from './bundle-table.ts';
import { ByteReader, EarlyEnd } from './byte-reader.ts';
import { TAR_HEADER_BYTES, tarEnd, tarHeader, tarPadding, tarSize } from './tar-block.ts';

export class BundleReader {
  readonly table: BundleTable;
  readonly #reader: ByteReader;

  private constructor(reader: ByteReader, table: BundleTable) {
    this.#reader = reader;
    this.table = table;
  }

  /**
   * Reads the head, and no further.
   * @throws {BundleError} when it is that of no bundle, or not as it was written
   */
  static async open(source: AsyncIterable<Uint8Array>): Promise<BundleReader> {
    const reader = new ByteReader(source);
    try {
      return new BundleReader(reader, await readHead(reader));
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /**
   * The bytes of the next part that is not there already; all of them must be read, in the order of the table. That
   * they are those of the digest is for their reader to see.
   * @throws {BundleError} when the archive has something else here, or ends
   */
  async *part({ digest, size }: BundlePart): AsyncGenerator<Uint8Array> {
    const name = blobName(digest);
    try {
      await expectHeader(this.#reader, name, size);
      yield* this.#reader.stream(size);
      await expectZeros(this.#reader, name, tarPadding(size).length);
    } catch (error) {
      throw told(error, name);
    }
  }

  /** @throws {BundleError} when something follows, or less than the end */
  async end(): Promise<void> {
    const name = 'the end of the bundle';
    try {
      await expectZeros(this.#reader, name, tarEnd.length);
    } catch (error) {
      throw told(error, name);
    }
    // A tape or a pipe may have filled the last of its own blocks.
    for await (const chunk of this.#reader.rest()) {
      if (chunk.some((byte) => byte !== 0))
        throw new BundleError(name, 'something follows that its table does not have');
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}

async function readHead(reader: ByteReader): Promise<BundleTable> {
  const layout = await readFile(reader, layoutFile.name);
  if (!layout.equals(layoutFile.bytes)) throw foreign(layoutFile.name);
  const index = await readFile(reader, indexName);
  const bytes = await readFile(reader, tableName);
  let table: BundleTable;
  try {
    table = await parseTable(bytes);
  } catch (cause) {
    throw new BundleError(tableName, cause instanceof Error ? cause.message : 'it is malformed', cause);
  }
  if (!(await indexBytes(table, bytes)).equals(index))
    throw new BundleError(
      `${indexName}, ${tableName}`,
      'they do not belong together: one of them was changed',
    );
  return table;
}

async function readFile(reader: ByteReader, name: string): Promise<Buffer> {
  try {
    const header = await reader.take(TAR_HEADER_BYTES);
    const size = tarSize(header);
    if (size === undefined || !header.equals(tarHeader({ name, size }))) throw foreign(name);
    if (size > MAX_TABLE_BYTES) throw new BundleError(name, `it has ${size} bytes, which no bundle needs`);
    const bytes = await reader.take(size);
    await expectZeros(reader, name, tarPadding(size).length);
    return bytes;
  } catch (error) {
    throw told(error, name);
  }
}

async function expectHeader(reader: ByteReader, name: string, size: number): Promise<void> {
  const header = tarHeader({ name, size });
  if (!(await reader.take(header.length)).equals(header))
    throw new BundleError(name, 'something else stands where it has to be');
}

async function expectZeros(reader: ByteReader, name: string, bytes: number): Promise<void> {
  if (!(await reader.take(bytes)).equals(Buffer.alloc(bytes)))
    throw new BundleError(name, 'what follows its bytes was changed');
}

/** What goes wrong in the head is mostly something else than a bundle. */
function foreign(name: string): BundleError {
  return new BundleError(
    name,
    'this is no bundle that export has written: decompress it if it was compressed, and load what other programs write',
  );
}

function told(error: unknown, entry: string): unknown {
  return error instanceof EarlyEnd
    ? new BundleError(entry, 'the bundle ends before its end: it is truncated', error)
    : error;
}
