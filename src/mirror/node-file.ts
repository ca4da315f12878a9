// A file of the node: read as exact text, written whole or not at all, keeping its owner and mode.
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MirrorError } from './mistake.ts';

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface NodeFile extends Ownership {
  readonly text: string;
}

/**
 * @returns undefined when there is none
 * @throws {MirrorError} when it is no UTF-8, which could not be written back as it was
 */
export function readNodeFile(path: string): NodeFile | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const bytes = readFileSync(path);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  } catch (cause) {
    throw new MirrorError(`${path} is no UTF-8 text; mend it first`, { cause });
  }
}

/** Replaces or makes a file. A link stays one: what it leads to is replaced. */
export function writeNodeFile(
  path: string,
  text: string,
  ownership: Partial<Ownership> & { mode: number },
): void {
  const target = statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
  // A name that no client takes for a file of its own.
  const unfinished = join(dirname(target), `.${basename(target)}.ociregistry-unfinished`);
  try {
    const file = openSync(unfinished, 'w', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const { mode, uid, gid } = ownership;
    if (uid !== undefined && gid !== undefined) chownSync(unfinished, uid, gid);
    chmodSync(unfinished, mode);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
