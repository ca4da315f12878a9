// `missed`: what was refused for want of an upstream, and what a rehearsal would have had refused, as a table, as JSON, or
// as a list of images.
import type { ConfigSources } from '../config/load.ts';
import { isDigest } from '../oci/digest.ts';
import { clearMissed, listMissed } from '../registry/list.ts';
import type { Missed } from '../registry/list.ts';
import { shortDigest } from './short-digest.ts';
import { stderrLog } from './stderr-log.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface MissedOptions {
  readonly json: boolean;
  /** Only what `load` is to be given to bring it in, a line each. */
  readonly list: boolean;
  readonly clear: boolean;
}

const columns: readonly Column<Missed>[] = [
  { title: 'REFERENCE', cell: ({ image, reference }) => image ?? reference },
  { title: 'KIND', cell: kindOf },
  { title: 'WHY', cell: ({ rehearsed }) => (rehearsed ? 'rehearsed' : 'refused') },
  { title: 'COUNT', right: true, cell: ({ count }) => String(count) },
  { title: 'FIRST', cell: ({ first }, now) => age(first, now) },
  { title: 'LAST', cell: ({ last }, now) => age(last, now) },
];

/**
 * Asks the server that runs on the directory, which knows more than it has written; without one, reads the file.
 * @throws {ConfigError}
 */
export async function missed(
  sources: ConfigSources,
  { json, list, clear, ...flags }: MissedOptions & ServerFlags,
): Promise<void> {
  const place = workPlace(sources, flags);
  if (clear) {
    await serverOrFiles(
      place,
      async (client) => {
        await client.json('missedClear');
      },
      (config) => clearMissed(config.imagePath, stderrLog(config)),
    );
    return;
  }
  const rows = await serverOrFiles<readonly Missed[]>(
    place,
    async (client) => (await client.json('missedList')).missed,
    (config) => listMissed(config.imagePath, stderrLog(config)),
  );
  process.stdout.write(output(rows, { json, list }));
}

function output(rows: readonly Missed[], { json, list }: Omit<MissedOptions, 'clear'>): string {
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  if (list) return [...new Set(rows.flatMap(toLoad))].map((image) => `${image}\n`).join('');
  if (rows.length === 0) return 'nothing was refused for want of an upstream\n';
  return table(columns, rows, new Date());
}

function kindOf({ kind, image, reference }: Missed): string {
  const digest = reference.slice(reference.indexOf('@') + 1);
  return image !== undefined && isDigest(digest) ? `${kind} ${shortDigest(digest)}` : kind;
}

/** What brings it in: nothing is known of a blob that no cached manifest names, and a list of tags cannot be carried. */
function toLoad({ kind, image, reference }: Missed): readonly string[] {
  switch (kind) {
    case 'manifest':
    case 'referrers':
      return [reference];
    case 'blob':
      return image === undefined ? [] : [image];
    case 'tags':
      return [];
  }
}
