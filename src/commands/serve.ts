// `serve`: runs the server until it is told to stop, then lets running pulls finish.
import { startAdministeredServer } from '../admin/administered-server.ts';
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/mistake.ts';
import { openHealth } from '../http/health.ts';
import { ServerState } from '../http/server-state.ts';
import { banner } from './banner.ts';
import { ownPlatform, wantedPlatforms } from './load-options.ts';
import type { PreloadFlags } from './load-options.ts';
import { preload } from './preload.ts';
import { reload, reloadRequests } from './reload.ts';
import { adminReason, processControl } from './server-control.ts';
import { openServiceManager } from './service-manager.ts';
import { stderrLog } from './stderr-log.ts';
import { startProblem } from './start-problem.ts';
import { stopSignal } from './stop-signal.ts';

/**
 * Serves until SIGTERM, SIGINT or a request of the admin API; a second signal ends the process at once. SIGHUP, a change
 * of the file, or the admin API reloads the registries.
 * @throws {ConfigError}
 * @throws {Error} with the remedy, when the server cannot start
 */
export async function serve(sources: ConfigSources, flags: PreloadFlags = {}): Promise<void> {
  const reloads = reloadRequests(sources);
  const config = loadConfig(sources);
  const log = stderrLog(config);
  const manager = await openServiceManager(sources.environment, log);
  const control = processControl();
  const stop = Promise.race([
    stopSignal().then(({ name }) => name),
    control.stopAsked.then(() => adminReason),
  ]);
  const problem = (cause: unknown): never => {
    throw cause instanceof ConfigError ? cause : new Error(startProblem(cause, config), { cause });
  };
  const state = new ServerState();
  const started = state.notReady('the server is starting');
  await using health = await openHealth(config, state, log).catch(problem);
  const preloading = preload(flags, { sources, config, log, stop });
  await preloading.before;
  const options = {
    ...{ control, state, ofProcess: true },
    platforms: wantedPlatforms({}, config, ownPlatform(process.arch, process.platform)),
    ...(sources.environment !== undefined && { environment: sources.environment }),
  };
  const starting = startAdministeredServer(config, log, options).catch(problem);
  // A large cache takes a while to index; there is nothing to finish before that is done.
  const server = await Promise.race([starting, stop.then(() => undefined)]);
  if (server === undefined) return;
  process.stdout.write(banner(config, { ...server, healthUrl: health?.url }, owner()));
  manager.ready(`listening on ${server.urls.join(', ')}`);
  const preloaded = preloading.behind(server.registry);
  if (config.readyAfterPreload) void preloaded.then(state.notReady('images are being preloaded'));
  started();
  const reloading = (reason: string): ReturnType<typeof reload> => {
    log.info('reloading the configuration', { reason });
    return reload(server, { sources, running: config, log });
  };
  reloads.carryOut(reloading);
  control.carryOut(reloading);
  const reason = await stop;
  reloads.stop();
  manager.stopping();
  log.info('stopping: running pulls may finish', { reason, graceMs: config.shutdownGraceMs });
  await server.close(config.shutdownGraceMs);
  await preloaded;
  log.info('stopped');
}

function owner(): string {
  return `${process.getuid?.() ?? '?'}:${process.getgid?.() ?? '?'}`;
}
