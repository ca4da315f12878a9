// Tells when a file's text has changed, however it was changed.
import { readFileSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchTimes {
  /** An editor writes a file in several steps; so long after the last one it is read. */
  readonly settleMs: number;
  /** How often it is read anyway: some changes are told nobody, as those of a network file system. */
  readonly pollMs: number;
}

export interface TextWatch {
  close(): void;
}

const defaultTimes: WatchTimes = { settleMs: 200, pollMs: 10_000 };

/**
 * Its directory is watched, because editors put a new file in its place, and Kubernetes changes a link beside it.
 * @param onChange called for every text that differs from the one before; undefined where the file cannot be read
 */
export function watchText(
  path: string,
  onChange: (text: string | undefined) => void,
  { settleMs, pollMs }: WatchTimes = defaultTimes,
): TextWatch {
  let known = textOf(path);
  let settling: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function look(): void {
    const text = textOf(path);
    if (text === known) return;
    known = text;
    onChange(text);
  }

  function open(): void {
    try {
      watcher = watch(dirname(path), { persistent: false });
      watcher.on('change', () => {
        clearTimeout(settling);
        settling = setTimeout(look, settleMs).unref();
      });
      watcher.on('error', () => {
        watcher?.close();
        watcher = undefined;
      });
    } catch {
      // No directory, or no watches left: it is tried again when the file is read the next time.
      watcher = undefined;
    }
  }

  open();
  const poll = setInterval(() => {
    if (watcher === undefined) open();
    look();
  }, pollMs).unref();

  return {
    close() {
      clearInterval(poll);
      clearTimeout(settling);
      watcher?.close();
    },
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
