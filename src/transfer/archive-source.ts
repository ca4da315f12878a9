// Where an archive is: in a file, on standard input, or unpacked in a directory.
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readArchive } from './archive.ts';
import type { ArchiveEntry } from './archive.ts';

/** Told how many bytes have been read; may throw to end the reading. */
export type ReadWatch = (bytes: number) => void;

export interface ArchiveSource {
  /** The file as it was named, or `standard input`. */
  readonly name: string;
  /** Bytes that there are to read, where that is known. */
  readonly size?: number;
  /** Its entries, once. */
  entries(watch: ReadWatch): AsyncIterable<ArchiveEntry>;
}

const CHUNK = 256 * 1024;

export function fileSource(path: string, size: number): ArchiveSource {
  return tarSource(path, () => createReadStream(path, { highWaterMark: CHUNK }), size);
}

export function tarSource(
  name: string,
  bytes: () => AsyncIterable<Uint8Array>,
  size?: number,
): ArchiveSource {
  return {
    name,
    ...(size !== undefined && { size }),
    entries: (watch) => readArchive(watched(bytes(), watch), { name }),
  };
}

/** A directory in the form that the archives of OCI images have inside. */
export function layoutSource(directory: string): ArchiveSource {
  return { name: directory, entries: (watch) => layoutEntries(directory, watch) };
}

async function* layoutEntries(directory: string, watch: ReadWatch): AsyncGenerator<ArchiveEntry> {
  const blobs = await readdir(join(directory, 'blobs'), { recursive: true });
  const names = blobs.map((name) => `blobs/${name}`);
  for (const name of ['oci-layout', 'index.json', 'manifest.json', ...names]) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(ifAbsent);
    // What it links to is not in the directory, and need not be meant for anybody.
    if (stats?.isFile() !== true) continue;
    const bytes = watched(createReadStream(path, { highWaterMark: CHUNK }), watch);
    yield { name, type: 'file', size: stats.size, offset: 0, bytes };
  }
}

/** @throws what is worse than absence */
function ifAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

async function* watched(bytes: AsyncIterable<Uint8Array>, watch: ReadWatch): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    watch(chunk.length);
    yield chunk;
  }
}
