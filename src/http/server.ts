// A server: the engine opened on a directory, and what listens before it, until it is closed.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config, ReloadableConfig } from '../config/config.ts';
import { version } from '../config/version.ts';
import type { Log } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { Intake } from '../registry/intake.ts';
import type { Library } from '../registry/library.ts';
import { openRegistry } from '../registry/registry.ts';
import type { RegistryOptions } from '../registry/registry.ts';
import { createAdminApp } from './admin-app.ts';
import { openAdminSocket } from './admin-socket.ts';
import { createApp } from './app.ts';
import { closeListener, createListener, listen } from './listener.ts';
import { createMetricsApp } from './metrics-app.ts';

export interface RunningServer {
  readonly port: number;
  readonly urls: readonly string[];
  /** Where the admin API listens; undefined where another server on the directory has it, or where it cannot be. */
  readonly adminSocket: string | undefined;
  readonly metricsUrl: string | undefined;
  /** Manifests that were cached when it started. */
  readonly manifestCount: number;
  /** The way in for content that no client has asked for. */
  readonly library: Library;
  /** The way in for content that somebody brings in a file. */
  readonly intake: Intake;
  /** Goes by these registries and policies from now on, without dropping a connection. */
  reload(config: ReloadableConfig): void;
  /** Stops accepting, lets running pulls finish for so many milliseconds, keeps partial downloads, and ends. */
  close(graceMs?: number): Promise<void>;
}

const SWEEP_MS = 50;

/**
 * @throws {StoreError} when the directory cannot be used
 * @throws {Error} with `code` EADDRINUSE, EACCES or the like when the port cannot be listened on
 */
export async function startServer(
  config: Config,
  log: Log,
  options: Partial<Omit<RegistryOptions, 'log'>> = {},
): Promise<RunningServer> {
  const registry = await openRegistry(config, { ...options, log });
  const started = (options.clock?.() ?? new Date()).toISOString();
  const metrics = createMetrics(registry, version);
  const server = createListener(createApp(registry, log).fetch);
  const metricsServer = createListener(createMetricsApp(metrics, log).fetch);
  let metricsUrl: string | undefined;
  try {
    await listen(server, addressOf(config.host, config.port));
    if (config.metricsPort !== undefined) {
      await listen(metricsServer, addressOf(config.metricsHost, config.metricsPort));
      metricsUrl = `${urlOf(config.metricsHost, metricsServer)}/metrics`;
    }
  } catch (error) {
    await closeListener(server);
    await registry.close();
    throw error;
  }
  const running = { version, imagePath: config.imagePath, started };
  const adminApp = createAdminApp({ registry, metrics, running }, log);
  const admin = await openAdminSocket(() => createListener(adminApp.fetch), config.imagePath, log);
  return {
    port: (server.address() as AddressInfo).port,
    urls: [urlOf(config.host, server)],
    get adminSocket() {
      return admin.path;
    },
    metricsUrl,
    manifestCount: registry.manifestCount,
    library: registry.library,
    intake: registry.intake,
    reload: (next) => registry.reload(next),
    async close(graceMs = config.shutdownGraceMs) {
      // First, so that the next server on the directory can have its place.
      await admin.close();
      await drain(server, graceMs);
      await closeListener(metricsServer);
      await registry.close();
    },
  };
}

function addressOf(host: string, port: number): { readonly port: number; readonly host?: string } {
  return { port, ...(host !== '' && { host }) };
}

function urlOf(host: string, server: Server): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Keep-alive connections are closed as they fall idle, those that are pulling when they are done or time is up. */
async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
