// What strace has written of commits: whether each file was synced before its rename, and its directory after.
import { dirname } from 'node:path';

export interface Commits {
  /** Into place, and synced there. */
  readonly renamed: number;
  readonly faults: readonly string[];
}

/** @param calls lines of `strace -f -y` about fsync, fdatasync and rename */
export function commitsOutOfOrder(calls: string, imagePath: string): Commits {
  const synced = new Set<string>();
  const unsynced = new Map<string, string[]>();
  const faults: string[] = [];
  let renamed = 0;
  for (const line of finished(calls)) {
    const [, path] = /f(?:data)?sync\(\d+<(.+?)>(?:\(deleted\))?\)\s+= 0/.exec(line) ?? [];
    if (path !== undefined) {
      synced.add(path);
      renamed += unsynced.get(path)?.length ?? 0;
      unsynced.delete(path);
    }
    const [, from, to] = /rename\("(.+)", "(.+)"\)\s+= 0/.exec(line) ?? [];
    if (from === undefined || to === undefined || !to.startsWith(imagePath)) continue;
    if (!/\/(?:blobs|fat|img|links)\//.test(to)) continue;
    if (!synced.delete(from)) faults.push(`renamed without fsync: ${from} to ${to}`);
    unsynced.set(dirname(to), [...(unsynced.get(dirname(to)) ?? []), to]);
  }
  const forgotten = [...unsynced.values()].flat();
  return {
    renamed,
    faults: [...faults, ...forgotten.map((path) => `no fsync of the directory after: ${path}`)],
  };
}

/** A call that another thread's interrupts is written in two lines. */
function* finished(calls: string): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of calls.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) begun.set(thread, rest.slice(0, -' <unfinished ...>'.length));
    else yield rest.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(thread) ?? '');
  }
}
