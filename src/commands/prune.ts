// `prune`: takes images away, and says which; or only says so.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { pruneDirectory } from '../registry/prune.ts';
import type { PruneOptions } from '../registry/prune.ts';
import { CommandFailure } from './command-failure.ts';
import { pruneText } from './prune-text.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

/**
 * @throws {ConfigError}
 * @throws {CommandFailure} when an image that was named is pinned, or the disk does not let something go
 */
export async function prune(
  sources: ConfigSources,
  options: PruneOptions,
  { json }: { readonly json: boolean },
): Promise<void> {
  const config = loadConfig(sources);
  const report = await pruneDirectory(config.imagePath, options, stderrLog(config)).catch(
    (cause: unknown) => {
      throw new Error(startProblem(cause, config), { cause });
    },
  );
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : pruneText(report, new Date()));
  const failures = report.pinned
    .filter((name) => options.patterns?.includes(name))
    .map((name) => `${name} is pinned and stays; to release it: unpin ${name}`);
  if (report.failed > 0) failures.push(`${report.failed} of it could not be removed; the log says why`);
  if (failures.length > 0) throw new CommandFailure(failures);
}
