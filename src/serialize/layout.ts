// The directory itself: its folders, its version marker, and whether it is ours to use.
import { lstat, mkdir, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { StoreError, attempt, attemptOrMiss, errorCode, storeError } from './errors.ts';
import type { Log } from '../log/log.ts';
import { createFile, syncDirectory } from './regular-file.ts';

/** Absolute paths of the parts. */
export interface Layout {
  readonly root: string;
  readonly blobs: string;
  readonly fat: string;
  readonly img: string;
  readonly links: string;
  /** Staging: partial downloads, temporary files, locks. */
  readonly pulls: string;
  /** What was set aside; made when needed. */
  readonly damaged: string;
  readonly marker: string;
}

const layoutVersion = 1;
const markerName = 'ociregistry-layout.json';
const folders = ['blobs', 'fat', 'img', 'links', 'pulls'] as const;

const markerSchema = z.object({ layoutVersion: z.int().positive() });

export function layoutOf(root: string): Layout {
  return {
    root,
    blobs: join(root, 'blobs'),
    fat: join(root, 'fat'),
    img: join(root, 'img'),
    links: join(root, 'links'),
    pulls: join(root, 'pulls'),
    damaged: join(root, 'damaged'),
    marker: join(root, markerName),
  };
}

/**
 * Makes the directory ready: creates what is missing and proves that it can be written.
 * @param temporaryName a name in `pulls/` that nobody else has
 * @returns the file system's own idea of now, in ms, which is what the times of its files compare with
 * @throws {StoreError} when it cannot be written, is not a cache, or was written by a newer version
 */
export async function prepareLayout(layout: Layout, temporaryName: string, log: Log): Promise<number> {
  const { root } = layout;
  await attempt(`use ${root} as the image path`, root, makeParents(root));
  const marked = await checkMarker(layout);
  if (!marked) await refuseForeign(layout);
  for (const folder of folders) await makeFolder(layout[folder]);
  const probe = join(layout.pulls, temporaryName);
  const now = await probeWritable(layout, probe, log);
  if (!marked) await writeMarker(layout, probe);
  return now;
}

/**
 * Makes a directory with its parents. Not by `recursive`: Node never comes back from it where a directory exists but
 * takes no others, as in /proc.
 */
async function makeParents(path: string): Promise<void> {
  const make = (): Promise<unknown> =>
    mkdir(path, 0o700).catch(async (error: unknown) => {
      if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeParents(parent);
    await make();
  }
}

/** @returns whether there is a marker, of a version that we know */
async function checkMarker({ marker }: Layout): Promise<boolean> {
  const text = await attemptOrMiss('read', marker, readFile(marker, 'utf8'));
  if (text === undefined) return false;
  let found: number;
  try {
    found = markerSchema.parse(JSON.parse(text)).layoutVersion;
  } catch (cause) {
    const advice = 'if the directory is a cache of this server, delete that file and start again';
    throw new StoreError(`${marker} is not a version marker; ${advice}`, { path: marker, cause });
  }
  if (found > layoutVersion) {
    const message = `${marker} says layout version ${found}, but this server knows versions up to ${layoutVersion}: use a newer server`;
    throw new StoreError(message, { path: marker });
  }
  return true;
}

/** Refuses to settle in somebody else's directory: an image path of `/home/me` is a slip of the hand. */
async function refuseForeign({ root }: Layout): Promise<void> {
  // The socket is that of a server which was killed.
  const ours = new Set<string>([
    ...folders,
    'damaged',
    markerName,
    'missed.json',
    'scrub.json',
    'admin.sock',
    'lost+found',
  ]);
  const names = await attempt('list', root, readdir(root));
  const foreign = names.filter((name) => !ours.has(name) && !name.startsWith('.')).sort();
  if (foreign.length === 0) return;
  const some = foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? ', ...' : '');
  const message = `${root} has no version marker and holds other things (${some}): use an empty directory as the image path`;
  throw new StoreError(message, { path: root });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw storeError('create the directory', path, cause);
    // Renames must stay on one file system, so a folder that leads elsewhere by a symlink is refused as well.
    const stats = await attempt('stat', path, lstat(path));
    if (!stats.isDirectory()) throw new StoreError(`${path} is not a directory`, { path, cause });
  }
}

async function probeWritable({ root, pulls }: Layout, probe: string, log: Log): Promise<number> {
  try {
    const handle = await createFile(probe);
    try {
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
      await unlink(probe);
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw storeError(`write to ${root}`, root, cause);
    // A full disk still serves what it holds.
    log.warn('the image path is full; nothing can be cached until there is room', { path: root });
    return (await attempt('stat', pulls, lstat(pulls))).mtimeMs;
  }
}

/** Two servers may do so at once: the marker appears whole, and both write the same. */
async function writeMarker({ root, marker }: Layout, temporary: string): Promise<void> {
  const handle = await createFile(temporary);
  try {
    await attempt('write', temporary, handle.writeFile(`${JSON.stringify({ layoutVersion })}\n`));
    await attempt('fsync', temporary, handle.sync());
  } finally {
    await handle.close();
  }
  await attempt('rename', marker, rename(temporary, marker));
  await syncDirectory(root);
}

/** Moves something out of service without destroying it; what is gone already is no error. */
export async function setAside(layout: Layout, path: string, name: string): Promise<void> {
  const { damaged } = layout;
  await attempt('create the directory', damaged, makeParents(damaged));
  await attemptOrMiss('set aside', path, rename(path, join(damaged, name)));
}
