// A server: the engine opened on a directory, and what listens before it, until it is closed.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config, ReloadableConfig } from '../config/config.ts';
import { version } from '../config/version.ts';
import type { Log } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry, RegistryOptions } from '../registry/registry.ts';
import { createApp } from './app.ts';
import { BodySender } from './body-sender.ts';
import { Hits } from './hits.ts';
import { addressOf, closeListener, createListener, drain, listen, urlOf } from './listener.ts';
import { createMetricsApp } from './metrics-app.ts';
import { openSendfile } from './sendfile-probe.ts';
import { ServerState } from './server-state.ts';

export interface RunningServer {
  readonly port: number;
  readonly urls: readonly string[];
  readonly metricsUrl: string | undefined;
  /** Manifests that were cached when it started. */
  readonly manifestCount: number;
  /** The engine, for other ways in beside HTTP. */
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly state: ServerState;
  /** Goes by these registries and policies from now on, without dropping a connection. */
  reload(config: ReloadableConfig): void;
  /** Stops accepting, lets running pulls finish for so many milliseconds, keeps partial downloads, and ends. */
  close(graceMs?: number): Promise<void>;
}

export interface ServerOptions extends Partial<Omit<RegistryOptions, 'log'>> {
  /** Whether hits are answered ahead of the router; no answer depends on it. */
  readonly hitsAhead?: boolean;
  /** Whether its metrics tell of the whole process: for who runs no other server in it. */
  readonly ofProcess?: boolean;
  /** Of whoever answers for its health before it is open. */
  readonly state?: ServerState;
}

/**
 * @throws {StoreError} when the directory cannot be used
 * @throws {Error} with `code` EADDRINUSE, EACCES or the like when the port cannot be listened on
 */
export async function startServer(
  config: Config,
  log: Log,
  { hitsAhead = true, ofProcess = false, state = new ServerState(), ...options }: ServerOptions = {},
): Promise<RunningServer> {
  const registry = await openRegistry(config, { ...options, log });
  const sender = new BodySender(config.sendfile === 'auto' ? await openSendfile(log) : undefined);
  const metrics = createMetrics(registry, { sent: sender.sent, version, ofProcess });
  const server = hitsAhead
    ? hitsListener(registry, sender, log, metrics)
    : createListener(createApp(registry, sender, log, metrics).fetch);
  const metricsServer = createListener(createMetricsApp(metrics, state, log).fetch);
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
  return {
    port: (server.address() as AddressInfo).port,
    urls: [urlOf(config.host, server)],
    metricsUrl,
    manifestCount: registry.manifestCount,
    registry,
    metrics,
    state,
    reload: (next) => registry.reload(next),
    async close(graceMs = config.shutdownGraceMs) {
      state.notReady('the server is stopping');
      await drain(server, graceMs);
      await closeListener(metricsServer);
      await registry.close();
    },
  };
}

function hitsListener(registry: Registry, sender: BodySender, log: Log, { measure }: Metrics): Server {
  const hits = new Hits(registry, log, measure);
  const learn: Hits['learn'] = (incoming, meaning) => hits.learn(incoming, meaning);
  const { fetch } = createApp(registry, sender, log, { learn, measure });
  return createListener(fetch, { ahead: (incoming, outgoing) => hits.answer(incoming, outgoing) });
}
