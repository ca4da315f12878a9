// Where an archive is: in a file, on standard input, or unpacked in a directory.
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tarEnd, tarHeader, tarPadding } from './tar-block.ts';

export interface ArchiveSource {
  /** The file as it was named, or `standard input`. */
  readonly name: string;
  /** Bytes that there are to read, where that is known. */
  readonly size?: number;
  /** Its bytes, once. */
  bytes(): AsyncIterable<Uint8Array>;
}

const CHUNK = 256 * 1024;

export function fileSource(path: string, size: number): ArchiveSource {
  return { name: path, size, bytes: () => createReadStream(path, { highWaterMark: CHUNK }) };
}

/** A directory in the form that the archives of OCI images have inside, as such an archive. */
export function layoutSource(directory: string): ArchiveSource {
  return { name: directory, bytes: () => packed(directory) };
}

async function* packed(directory: string): AsyncGenerator<Uint8Array> {
  const blobs = await readdir(join(directory, 'blobs'), { recursive: true });
  const names = blobs.map((name) => `blobs/${name}`).filter((name) => /^blobs\/\w+\/\w+$/.test(name));
  for (const name of ['oci-layout', 'index.json', 'manifest.json', ...names]) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(ifAbsent);
    // What it links to is not in the directory, and need not be meant for anybody.
    if (stats?.isFile() !== true) continue;
    const { size } = stats;
    yield tarHeader({ name, size });
    if (size > 0)
      yield* createReadStream(path, { highWaterMark: CHUNK, end: size - 1 }) as AsyncIterable<Buffer>;
    yield tarPadding(size);
  }
  yield tarEnd;
}

/** @throws what is worse than absence */
function ifAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** Told how many bytes have been read; may throw to end the reading. */
export type ReadWatch = (bytes: number) => void;

export async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  watch: ReadWatch,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    watch(chunk.length);
    yield chunk;
  }
}
