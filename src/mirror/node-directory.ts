// Directories of the node: made where they are missing, and taken away again.
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Those on the way to a directory, and itself, that are not there; outer ones first. */
export function missingDirectories(path: string): readonly string[] {
  return existsSync(path) ? [] : [...missingDirectories(dirname(path)), path];
}

export function makeDirectories(path: string, mode = 0o755): void {
  mkdirSync(path, { recursive: true, mode });
}

/** @returns false when there is something in it */
export function removeEmptyDirectory(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}
