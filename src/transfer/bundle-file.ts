// Bundles and inventories as files.
import { createReadStream } from 'node:fs';
import { open, readFile, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Write } from '../registry/shelf.ts';
import { BundleReader } from './bundle-reader.ts';
import { MAX_TABLE_BYTES } from './bundle-table.ts';
import type { BundleTable } from './bundle-table.ts';
import { parseInventory } from './inventory.ts';
import type { Possession } from './inventory.ts';

const CHUNK = 256 * 1024;

/**
 * Writes a file that has its name only when it is whole and on the disk: until then it is called `….partial`.
 * @throws {Error} when there is something of that name that is no file, or what went wrong; nothing is left then
 */
export async function writeWhole<T>(path: string, content: (write: Write) => Promise<T>): Promise<T> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile() === false) throw new Error(`${path} is no file; with -o - it goes to standard output`);
  const partial = `${path}.partial`;
  const handle = await open(partial, 'w');
  let result: T;
  try {
    try {
      result = await content((chunk) => writeAll(handle, chunk));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  }
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
  return result;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done);
    done += bytesWritten;
  }
}

/**
 * The bytes of a bundle, until the signal ends them; each chunk is good until the next one is asked for.
 * @param path `-` is standard input
 */
export async function* readBundle(
  path: string,
  standardInput: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (path === '-') {
    for await (const chunk of standardInput()) {
      yield chunk;
      // Gives the memory back now: collected, it would be too late to be little.
      if (chunk.buffer instanceof ArrayBuffer && chunk.buffer.byteLength === chunk.byteLength)
        chunk.buffer.transfer(0);
    }
    return;
  }
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

export interface PossessionFiles {
  /** Bundles that the other side has imported. */
  readonly since: readonly string[];
  /** Inventories that it has written. */
  readonly have: readonly string[];
}

/**
 * What the other side has, by all of these together. Of bundles only the heads are read.
 * @throws {Error} which file is at fault, and why
 */
export async function readPossession({ since, have }: PossessionFiles): Promise<Possession> {
  const digests = new Set<string>();
  const images = new Set<string>();
  const add = async (path: string, read: Promise<Possession>): Promise<void> => {
    const possession = await read.catch((cause: unknown) => {
      throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
    for (const digest of possession.digests) digests.add(digest);
    for (const image of possession.images) images.add(image);
  };
  for (const path of since) await add(path, readHead(path));
  for (const path of have) await add(path, readInventory(path));
  return { digests, images };
}

async function readHead(path: string): Promise<Possession> {
  const reader = await BundleReader.open(createReadStream(path));
  await reader.close();
  return possessionOf(reader.table);
}

/** What a side has that has imported a bundle, also of what that one leaned on. */
function possessionOf({ images, manifests, blobs }: BundleTable): Possession {
  return {
    digests: new Set([...manifests, ...blobs].map(({ digest }) => digest)),
    images: new Set(images.map(({ name, digest }) => `${name} ${digest}`)),
  };
}

async function readInventory(path: string): Promise<Possession> {
  const { size } = await stat(path);
  if (size > MAX_TABLE_BYTES) throw new Error(`it has ${size} bytes, which no inventory needs`);
  return parseInventory(await readFile(path, 'utf8'));
}
