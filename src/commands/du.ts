// `du`: how the bytes of the cache divide among registries and repositories.
import type { ConfigSources } from '../config/load.ts';
import { usageOf } from '../registry/usage.ts';
import type { Usage } from '../registry/usage.ts';
import { stderrLog } from './stderr-log.ts';
import { usageTable } from './usage-table.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/** @throws {ConfigError} */
export async function du(
  sources: ConfigSources,
  { json, ...flags }: ServerFlags & { readonly json: boolean },
): Promise<void> {
  const usage = await serverOrFiles<Usage>(
    workPlace(sources, flags),
    (client) => client.json('usageGet'),
    (config) => usageOf(config.imagePath, stderrLog(config)),
  );
  process.stdout.write(json ? `${JSON.stringify(usage, null, 2)}\n` : usageTable(usage));
}
