// `du`: how the bytes of the cache divide among registries and repositories.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { usageOf } from '../registry/usage.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';
import { usageTable } from './usage-table.ts';

/** @throws {ConfigError} */
export async function du(sources: ConfigSources, { json }: { readonly json: boolean }): Promise<void> {
  const config = loadConfig(sources);
  const usage = await usageOf(config.imagePath, stderrLog(config)).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  process.stdout.write(json ? `${JSON.stringify(usage, null, 2)}\n` : usageTable(usage));
}
