// A file that a daemon of this machine has not read: it reads it when it starts, and that was before the last change.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { MirrorClient, NodeFiles } from './client-plan.ts';

/** @returns undefined when it has read them all, or does not run */
export function unreadFile(client: MirrorClient, directory: string, files: NodeFiles): string | undefined {
  const started = client.daemon === undefined ? undefined : daemonStart(client.daemon);
  if (started === undefined) return undefined;
  return files
    .matching(`${directory}/*.{toml,yaml,json}`)
    .find((path) => client.afterwards(path) !== undefined && statSync(path).mtimeMs > started);
}

/** Milliseconds since 1970, by /proc; undefined when none runs under that name. */
function daemonStart(name: string): number | undefined {
  const starts = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((id) => {
      try {
        // The kernel cuts names to 15 characters.
        const matches = readFileSync(`/proc/${id}/comm`, 'utf8').trim() === name.slice(0, 15);
        return matches ? [statSync(`/proc/${id}`).mtimeMs] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
  return starts.length === 0 ? undefined : Math.max(...starts);
}
