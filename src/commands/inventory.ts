// `inventory`: what is cached, in a small file for the side that exports.
import { loadConfig } from '../config/load.ts';
import type { ConfigSources } from '../config/load.ts';
import { lookAtShelf } from '../registry/shelf.ts';
import { writeWhole } from '../transfer/bundle-file.ts';
import { inventoryText } from '../transfer/inventory.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

/**
 * @param output a file, or `-` for standard output
 * @throws {ConfigError}
 */
export async function inventory(sources: ConfigSources, output: string): Promise<void> {
  const config = loadConfig(sources);
  const { imagePath, linkCheck } = config;
  const text = await lookAtShelf(imagePath, linkCheck, stderrLog(config), (shelf) =>
    Promise.resolve(inventoryText(shelf)),
  ).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  if (output === '-') process.stdout.write(text);
  else await writeWhole(output, (write) => write(Buffer.from(text)));
}
