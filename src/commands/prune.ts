// `prune`: takes images away, and says which; or only says so.
import type { RequestBody } from '../../api/contract.ts';
import type { ConfigSources } from '../config/load.ts';
import { pruneDirectory } from '../registry/prune.ts';
import type { PruneOptions, PruneReport } from '../registry/prune.ts';
import { CommandFailure } from './command-failure.ts';
import { pruneText } from './prune-text.ts';
import { stderrLog } from './stderr-log.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/**
 * @throws {ConfigError}
 * @throws {CommandFailure} when an image that was named is pinned, or the disk does not let something go
 */
export async function prune(
  sources: ConfigSources,
  options: PruneOptions,
  { json, ...flags }: { readonly json: boolean } & ServerFlags,
): Promise<void> {
  const report = await serverOrFiles<PruneReport>(
    workPlace(sources, flags),
    async (client) => {
      for await (const { report } of client.events('pruneRun', { body: request(options) })) return report;
      throw new Error('the server said nothing of what it has pruned');
    },
    (config) => pruneDirectory(config.imagePath, options, stderrLog(config)),
  );
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : pruneText(report, new Date()));
  const failures = report.pinned
    .filter((name) => options.patterns?.includes(name))
    .map((name) => `${name} is pinned and stays; to release it: unpin ${name}`);
  if (report.failed > 0) failures.push(`${report.failed} of it could not be removed; the log says why`);
  if (failures.length > 0) throw new CommandFailure(failures);
}

function request({
  patterns = [],
  createdBefore,
  notPulledSince,
  ...plain
}: PruneOptions): RequestBody<'pruneRun'> {
  return {
    ...plain,
    patterns: [...patterns],
    ...(createdBefore !== undefined && { createdBefore: createdBefore.toISOString() }),
    ...(notPulledSince !== undefined && { notPulledSince: notPulledSince.toISOString() }),
  };
}
