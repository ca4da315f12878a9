// `missed`: what was refused for want of an upstream, as a table, as JSON, or as a list of references.
import type { ConfigSources } from '../config/load.ts';
import { listMissed } from '../registry/list.ts';
import type { Missed } from '../registry/list.ts';
import { stderrLog } from './stderr-log.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface MissedOptions {
  readonly json: boolean;
  /** Only the references of manifests, a line each. */
  readonly list: boolean;
}

const columns: readonly Column<Missed>[] = [
  { title: 'REFERENCE', cell: ({ reference }) => reference },
  { title: 'KIND', cell: ({ kind }) => kind },
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
  { json, list, ...flags }: MissedOptions & ServerFlags,
): Promise<void> {
  const rows = await serverOrFiles<readonly Missed[]>(
    workPlace(sources, flags),
    async (client) => (await client.json('missedList')).missed,
    (config) => listMissed(config.imagePath, stderrLog(config)),
  );
  process.stdout.write(output(rows, { json, list }));
}

function output(rows: readonly Missed[], { json, list }: MissedOptions): string {
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  if (list)
    return rows.flatMap(({ kind, reference }) => (kind === 'manifest' ? `${reference}\n` : [])).join('');
  if (rows.length === 0) return 'nothing was refused for want of an upstream\n';
  return table(columns, rows, new Date());
}
