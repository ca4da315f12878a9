// `missed`: what was refused for want of an upstream, and what a rehearsal would have had refused, as a table, as JSON, or
// as a list of images.
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { clearMissed, listMissed } from '../registry/list.ts';
import type { Missed } from '../registry/list.ts';
import type { Log } from '../log/log.ts';
import { isDigest } from '../oci/digest.ts';
import { askServer } from './admin-client.ts';
import { shortDigest } from './short-digest.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

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
 * Clearing is done to the file, which a server takes its own from.
 * @throws {ConfigError}
 */
export async function missed(sources: ConfigSources, { json, list, clear }: MissedOptions): Promise<void> {
  const config = loadConfig(sources);
  if (clear) return onFile(config, clearMissed);
  const answer = await askServer(config.imagePath, (client) => client.GET('/admin/v1/missed'));
  const rows = answer?.missed ?? (await onFile(config, listMissed));
  process.stdout.write(output(rows, { json, list }));
}

function onFile<T>(config: Config, work: (imagePath: string, log: Log) => Promise<T>): Promise<T> {
  return work(config.imagePath, stderrLog(config)).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
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
