// A server: the engine opened on a directory, listening on a port, until it is closed.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { openRegistry } from '../registry/registry.ts';
import type { RegistryOptions } from '../registry/registry.ts';
import { createApp, unreadable } from './app.ts';

export interface RunningServer {
  readonly port: number;
  readonly urls: readonly string[];
  /** Manifests that were cached when it started. */
  readonly manifestCount: number;
  /** Stops accepting, lets running pulls finish for so many milliseconds, keeps partial downloads, and ends. */
  close(graceMs?: number): Promise<void>;
}

/** How long a client may take to send its headers. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 50;
/** A client that has taken no byte for so long is gone. */
const IDLE_MS = 300_000;

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
  const listener = getRequestListener(createApp(registry, log).fetch, {
    overrideGlobalObjects: false,
    errorHandler: unreadable,
  });
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.setTimeout(IDLE_MS);
  try {
    await listen(server, config);
  } catch (error) {
    await registry.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    urls: [`http://${config.host === '' ? 'localhost' : bracketed(config.host)}:${port}`],
    manifestCount: registry.manifestCount,
    async close(graceMs = config.shutdownGraceMs) {
      await drain(server, graceMs);
      await registry.close();
    },
  };
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host !== '' && { host }) }, resolve);
  await promise;
  server.off('error', reject);
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

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
