// Opening, creating and reading files in a directory where others may have planted symlinks, pipes or folders.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { chunksAfter } from './chunks.ts';
import { attempt, errorCode, storeError } from './errors.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** What `open` says of a symlink, a folder opened for writing, a socket, and a pipe. */
const foreignCodes = new Set(['ELOOP', 'EMLINK', 'EISDIR', 'ENXIO', 'ENODEV']);

/**
 * Creates a file for reading and writing that was not there.
 * @throws {StoreError} EEXIST when the name is taken, by whatever
 */
export async function createFile(path: string): Promise<FileHandle> {
  return await attempt('create', path, open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
}

/**
 * Opens a regular file; a symlink is not followed, and nothing blocks on a pipe.
 * @returns 'missing' or 'foreign' (something, but not a regular file) when there is none
 */
export async function openRegular(
  path: string,
  access: 'read' | 'write' = 'read',
): Promise<{ handle: FileHandle; stats: Stats } | 'missing' | 'foreign'> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, (access === 'write' ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, stats };
    await handle.close();
    return 'foreign';
  } catch (error) {
    await handle?.close().catch(() => undefined); // the first error is the one that tells
    const code = errorCode(error);
    if (code === 'ENOENT') return 'missing';
    if (code !== undefined && foreignCodes.has(code)) return 'foreign';
    throw storeError('open', path, error);
  }
}

/** A regular file's bytes, read without waiting; undefined where it is not that simple, for `openRegular` to say why. */
export function readRegularAtOnce(
  path: string,
  maxBytes: number,
): { bytes: Buffer; stats: Stats } | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const bytes = Buffer.allocUnsafe(stats.size);
    return readSync(descriptor, bytes, 0, bytes.length, 0) === bytes.length ? { bytes, stats } : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Tells one version of a file from any other: every version is a new file, renamed into place. */
export function fileSignature({ ino, mtimeMs, size }: Stats): string {
  // Milliseconds in a number are good to a quarter of a microsecond, and the kernel's clock ticks in milliseconds.
  return `${ino}:${mtimeMs}:${size}`;
}

/** Fills as much of `length` as there is; a read may return less than it was asked for. */
export async function readFully(
  handle: FileHandle,
  target: Uint8Array,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(target, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Writes all of the chunks, one after another, at a position; a write may take less than it was given. */
export async function writeFully(
  handle: FileHandle,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let at = position;
  for (let rest = chunksAfter(chunks, 0); rest.length > 0;) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = chunksAfter(rest, bytesWritten);
  }
}

/** Copies the first bytes of an open file, for when it has lost its name. */
export async function copyOpenFile(from: FileHandle, into: FileHandle, size: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let position = 0; position < size;) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, size - position), position);
    if (bytesRead === 0) throw new Error('the file became shorter');
    await writeFully(into, [buffer.subarray(0, bytesRead)], position);
    position += bytesRead;
  }
}

/** Makes renames into and deletions from a directory survive a power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await attempt('open', path, open(path, O_RDONLY));
  try {
    await attempt('fsync', path, handle.sync());
  } finally {
    await handle.close();
  }
}
