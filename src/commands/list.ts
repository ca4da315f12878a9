// `list`: what is cached, as a table or as JSON.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { listImages } from '../registry/list.ts';
import type { ListOptions } from '../registry/list.ts';
import { imageTable } from './image-table.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

export interface ListCommandOptions extends Pick<ListOptions, 'pattern' | 'sort'> {
  readonly json: boolean;
}

/** @throws {ConfigError} */
export async function list(sources: ConfigSources, { json, ...options }: ListCommandOptions): Promise<void> {
  const config = loadConfig(sources);
  const rows = await listImages(config.imagePath, stderrLog(config), {
    ...options,
    linkCheck: config.linkCheck,
  }).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write(nothing(config.imagePath, options.pattern));
  else process.stdout.write(imageTable(rows, new Date()));
}

function nothing(imagePath: string, pattern: string | undefined): string {
  return `nothing ${pattern === undefined ? '' : `like ${pattern} `}is cached in ${imagePath}\n`;
}
