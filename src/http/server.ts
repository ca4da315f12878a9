// A server: the engine opened on a directory, and what listens before it, until it is closed.
import { setTimeout } from 'node:timers/promises';
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
import { isOpen, privateRegistries } from './client-access.ts';
import { openClientPort } from './client-port.ts';
import type { ClientPort } from './client-port.ts';
import { addressOf, closeListener, createListener, listen, urlOf } from './listener.ts';
import type { Fetch, ListenerOptions } from './listener.ts';
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
  /** Waits for those who lead clients here, stops accepting, lets running pulls finish for so many milliseconds, keeps partial downloads, and ends. */
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
 * @throws {ConfigError} when the files of TLS or of the clients' passwords cannot be used
 * @throws {Error} with `code` EADDRINUSE, EACCES or the like when the port cannot be listened on
 */
export async function startServer(
  config: Config,
  log: Log,
  { hitsAhead = true, ofProcess = false, state = new ServerState(), ...options }: ServerOptions = {},
): Promise<RunningServer> {
  const registry = await openRegistry(config, { ...options, log });
  const plain = config.serverTls === undefined;
  const sender = new BodySender(plain && config.sendfile === 'auto' ? await openSendfile(log) : undefined);
  const metrics = createMetrics(registry, { sent: sender.sent, version, ofProcess });
  const metricsServer = createListener(createMetricsApp(metrics, state, log).fetch);
  const answering: Answering = hitsAhead
    ? answeringHits(registry, sender, log, metrics)
    : { fetch: createApp(registry, sender, log, metrics).fetch };
  let isStopping = false;
  let port: ClientPort | undefined;
  let metricsUrl: string | undefined;
  try {
    port = await openClientPort(config, {
      ...answering,
      isLast: () => isStopping,
      log,
      measure: metrics.measure,
    });
    if (config.metricsPort !== undefined) {
      await listen(metricsServer, addressOf(config.metricsHost, config.metricsPort));
      metricsUrl = `${urlOf(config.metricsHost, metricsServer)}/metrics`;
    }
  } catch (error) {
    await port?.close(0);
    await registry.close();
    throw error;
  }
  warnOfAccess(config, log);
  return {
    port: port.port,
    urls: port.urls,
    metricsUrl,
    manifestCount: registry.manifestCount,
    registry,
    metrics,
    state,
    reload(next) {
      registry.reload(next);
      warnOfAccess({ ...config, registries: next.registries }, log);
    },
    async close(graceMs = config.shutdownGraceMs) {
      isStopping = true;
      state.notReady('the server is stopping');
      if (graceMs > 0) await setTimeout(config.shutdownDelayMs);
      registry.drain();
      await port.close(graceMs);
      await closeListener(metricsServer);
      await registry.close();
    },
  };
}

function warnOfAccess(config: Config, log: Log): void {
  const registries = privateRegistries(config);
  if (isOpen(config) && registries.length > 0) {
    log.warn('whoever reaches the port may pull what these registries give to us alone', { registries });
  }
  if (config.htpasswdFile !== undefined && config.serverTls === undefined) {
    log.warn(
      'passwords of clients cross the network readably: set server_tls, unless a proxy before us does TLS',
    );
  }
}

/** What answers, once it is known that the client may have an answer. */
type Answering = Pick<ListenerOptions, 'ahead'> & { readonly fetch: Fetch };

function answeringHits(
  registry: Registry,
  sender: BodySender,
  log: Log,
  { measure }: Pick<Metrics, 'measure'>,
): Answering {
  const hits = new Hits(registry, log, measure);
  const learn: Hits['learn'] = (incoming, meaning) => hits.learn(incoming, meaning);
  const { fetch } = createApp(registry, sender, log, { learn, measure });
  return { fetch, ahead: (incoming, outgoing) => hits.answer(incoming, outgoing) };
}
