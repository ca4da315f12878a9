// `reload`: has the running server read its configuration again.
import type { ConfigSources } from '../config/load.ts';
import { onServer, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/**
 * @throws {ConfigError}
 * @throws {Error} with the mistakes of the configuration, or when no server runs on the directory
 */
export async function reloadServer(sources: ConfigSources, flags: ServerFlags): Promise<void> {
  const { registries, needRestart } = await onServer(workPlace(sources, flags), (client) =>
    client.json('reloadRun'),
  );
  const count = registries === 1 ? '1 registry' : `${registries} registries`;
  const later = needRestart.length === 0 ? '' : `; only a restart brings ${needRestart.join(', ')}`;
  process.stdout.write(`reloaded, ${count} configured${later}\n`);
}
