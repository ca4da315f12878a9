// The limit on open files: a setting too, of those who start the process.
import { readFileSync } from 'node:fs';

/** How many files this process may have open; Infinity where no kernel tells it as Linux does. */
export function mostOpenFiles(path = '/proc/self/limits'): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync(path, 'utf8')) ?? [];
    return Number(limit ?? Infinity);
  } catch {
    return Infinity;
  }
}
