// `list`: what is cached, as a table or as JSON.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { listImages } from '../registry/list.ts';
import { imageTable } from './image-table.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

/** @throws {ConfigError} */
export async function list(sources: ConfigSources, { json }: { readonly json: boolean }): Promise<void> {
  const config = loadConfig(sources);
  const rows = await listImages(config.imagePath, stderrLog(config)).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write(`nothing is cached in ${config.imagePath}\n`);
  else process.stdout.write(imageTable(rows, new Date()));
}
