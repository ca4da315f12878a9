// `serve`: runs the server until it is told to stop, then lets running pulls finish.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { startServer } from '../http/server.ts';
import { banner } from './banner.ts';
import type { PreloadFlags } from './load-options.ts';
import { preload } from './preload.ts';
import { reload, reloadRequests } from './reload.ts';
import { stderrLog } from './stderr-log.ts';
import { startProblem } from './start-problem.ts';
import { stopSignal } from './stop-signal.ts';

/**
 * Serves until SIGTERM or SIGINT; a second signal ends the process at once. SIGHUP, or a change of the file, reloads
 * the registries.
 * @throws {ConfigError}
 * @throws {Error} with the remedy, when the server cannot start
 */
export async function serve(sources: ConfigSources, flags: PreloadFlags = {}): Promise<void> {
  const reloads = reloadRequests(sources);
  const config = loadConfig(sources);
  const log = stderrLog(config);
  const stop = stopSignal();
  const preloading = preload(flags, { sources, config, log, stop });
  await preloading.before;
  const options = sources.environment === undefined ? {} : { environment: sources.environment };
  const starting = startServer(config, log, options).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  // A large cache takes a while to index; there is nothing to finish before that is done.
  const server = await Promise.race([starting, stop.then(() => undefined)]);
  if (server === undefined) return;
  process.stdout.write(banner(config, server, owner()));
  const preloaded = preloading.behind(server);
  reloads.carryOut((reason) => {
    log.info('reloading the configuration', { reason });
    reload(server, { sources, running: config, log });
  });
  const { name: signal } = await stop;
  reloads.stop();
  log.info('stopping: running pulls may finish', { signal, graceMs: config.shutdownGraceMs });
  await server.close(config.shutdownGraceMs);
  await preloaded;
  log.info('stopped');
}

function owner(): string {
  return `${process.getuid?.() ?? '?'}:${process.getgid?.() ?? '?'}`;
}
