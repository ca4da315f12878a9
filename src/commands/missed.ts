// `missed`: what was refused for want of an upstream, as a table, as JSON, or as a list of references.
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { listMissed } from '../registry/list.ts';
import type { Missed } from '../registry/list.ts';
import { askServer } from './admin-client.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

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
export async function missed(sources: ConfigSources, { json, list }: MissedOptions): Promise<void> {
  const config = loadConfig(sources);
  const answer = await askServer(config.imagePath, (client) => client.GET('/admin/v1/missed'));
  const rows = answer?.missed ?? (await fromFile(config));
  process.stdout.write(output(rows, { json, list }));
}

function fromFile(config: Config): Promise<readonly Missed[]> {
  return listMissed(config.imagePath, stderrLog(config)).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
}

function output(rows: readonly Missed[], { json, list }: MissedOptions): string {
  if (json) return `${JSON.stringify(rows, null, 2)}\n`;
  if (list)
    return rows.flatMap(({ kind, reference }) => (kind === 'manifest' ? `${reference}\n` : [])).join('');
  if (rows.length === 0) return 'nothing was refused for want of an upstream\n';
  return table(columns, rows, new Date());
}
