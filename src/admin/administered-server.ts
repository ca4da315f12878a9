// A server with its admin API, on the socket in its directory and on a port where one is asked for, and with admission.
import { openAdmission } from '../admission/admission.ts';
import type { Obstacles } from '../admission/verdict.ts';
import type { Config } from '../config/config.ts';
import { version } from '../config/version.ts';
import { closeListener, drain } from '../http/listener.ts';
import { startServer } from '../http/server.ts';
import type { RunningServer, ServerOptions } from '../http/server.ts';
import type { Log } from '../log/log.ts';
import { OciError } from '../oci/errors.ts';
import type { Platform } from '../oci/platform.ts';
import { createAdminApp } from './admin-app.ts';
import { createAdminListener } from './admin-listener.ts';
import { openAdminPort } from './admin-port.ts';
import { openAdminSocket } from './admin-socket.ts';
import type { ServerControl } from './handlers.ts';

export interface AdministeredServer extends RunningServer {
  /** Where the admin API listens; undefined where another server on the directory has it, or where it cannot be. */
  readonly adminSocket: string | undefined;
  /** Where it listens over TCP; undefined where that is not asked for. */
  readonly adminUrl: string | undefined;
  /** Where an API server asks which images may run; undefined where that is not asked for. */
  readonly admissionUrl: string | undefined;
}

export interface AdministeredOptions extends ServerOptions {
  readonly control: ServerControl;
  /** What a load through the admin API brings in where it does not say, and what a cached image is to have. */
  readonly platforms: readonly Platform[];
}

/** How long answers of the admin API may take to end when the server has stopped. */
const LAST_WORDS_MS = 2_000;

/**
 * @throws {StoreError} when the directory cannot be used
 * @throws {Error} when a port cannot be listened on, or has no token
 */
export async function startAdministeredServer(
  config: Config,
  log: Log,
  { control, platforms, ...options }: AdministeredOptions,
): Promise<AdministeredServer> {
  const server = await startServer(config, log, options);
  const started = (options.clock?.() ?? new Date()).toISOString();
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const { fetch } = createAdminApp(
    {
      registry: server.registry,
      running: { version, imagePath: config.imagePath, started },
      ...{ config, control, platforms, stopped: stopped.promise },
    },
    { metrics: server.metrics, state: server.state, stopping: stopping.signal, log },
  );
  const obstacles: Obstacles = (images) =>
    Promise.all(images.map((image) => server.registry.obstacle(image, platforms)));
  const port = await openAdminPort(fetch, config, log).catch(async (error: unknown) => {
    await server.close(0);
    throw error;
  });
  const admission = await openAdmission(config, obstacles, log).catch(async (error: unknown) => {
    if (port !== undefined) await closeListener(port.server);
    await server.close(0);
    throw error;
  });
  const socket = await openAdminSocket(() => createAdminListener(fetch), config.imagePath, log);
  return {
    ...server,
    adminUrl: port?.url,
    admissionUrl: admission?.url,
    reload(next) {
      server.reload(next);
      admission?.reload(next);
    },
    get adminSocket() {
      return socket.path;
    },
    async close(graceMs) {
      stopping.abort(new OciError('UNAVAILABLE', 'the server is stopping'));
      // First, so that the next server on the directory can have its place.
      await socket.withdraw();
      port?.server.close();
      await server.close(graceMs);
      // To the end, because a cluster whose API server is not answered may start nothing at all.
      await admission?.close(LAST_WORDS_MS);
      stopped.resolve();
      await Promise.all([socket.close(LAST_WORDS_MS), port && drain(port.server, LAST_WORDS_MS)]);
    },
  };
}
