// `stop`: ends the running server, and waits until it has ended.
import type { ConfigSources } from '../config/load.ts';
import { onServer, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/**
 * @throws {ConfigError}
 * @throws {Error} when no server runs on the directory
 */
export async function stop(sources: ConfigSources, flags: ServerFlags): Promise<void> {
  await onServer(workPlace(sources, flags), async (client) => {
    for await (const event of client.events('stopRun')) {
      const said =
        event.event === 'stopped'
          ? 'stopped'
          : `stopping; running pulls may finish, for ${Math.ceil(event.graceMs / 1000)} s at the most`;
      process.stdout.write(`${said}\n`);
    }
  });
}
