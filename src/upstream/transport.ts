// One HTTP exchange with one host: pooled connections, time limits, egress rules. No redirects, no authentication.
import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { createConnector, createProxyAgent, screenProxied, sideOf } from './connector.ts';
import type { ConnectorOptions } from './connector.ts';
import { dispatch } from './dispatch.ts';
import { EgressRefused } from './egress.ts';
import { codeOf, fromSocketError, UpstreamError } from './errors.ts';
import type { ProxyFor } from './proxy.ts';
import type { ReplyBody } from './reply-body.ts';
import { UnusableCertificate } from './tls.ts';
import type { Trust } from './tls.ts';

export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: ReplyBody;
}

export interface TransportOptions extends ConnectorOptions {
  /** Milliseconds without a byte of the body after which an exchange is given up. */
  readonly noProgressMs: number;
  readonly headersMs: number;
  /** Connections per host, besides those of the manifests' lane. */
  readonly maxConnections?: number;
  readonly proxyFor?: ProxyFor;
}

/** The manifests' lane has connections of its own, which keeps them from queueing behind blobs. */
export type Lane = 'manifests' | 'blobs';

const MAX_CONNECTIONS = 64;
const MAX_MANIFEST_CONNECTIONS = 16;
/** How long an idle connection is kept: over a slow link a new one costs seconds. */
const KEEP_ALIVE_MS = 30_000;
const MAX_KNOWN_ORIGINS = 1000;

export interface Transport {
  /** @throws {UpstreamError} when no reply came */
  send(exchange: Exchange, lane: Lane): Promise<Reply>;
}

export interface CountedTransport extends Transport {
  /** Exchanges whose bodies have not ended. */
  readonly active: number;
  /** Bytes of bodies that have come so far. */
  readonly bytesReceived: number;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): CountedTransport {
  const dispatchers = createDispatchers(options);
  const answered = new Set<string>();
  let active = 0;
  let bytesReceived = 0;

  async function attempt({ method, url, headers, body, signal }: Exchange, lane: Lane): Promise<Reply> {
    const request = {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      // Content-encoded blobs would not have their digest.
      headers: { 'user-agent': 'ociregistry', 'accept-encoding': 'identity', ...headers },
      // Said for each request, because undici's proxies do not take them from their options.
      headersTimeout: options.headersMs,
      bodyTimeout: options.noProgressMs,
      // undici would end the connection after each HEAD, and each look for a moved tag would cost a handshake.
      reset: false,
      ...(body !== undefined && { body }),
    };
    const inWords = (error: unknown): UpstreamError => translate(error, method, url);
    let dispatcher: Dispatcher;
    try {
      dispatcher = dispatchers.get(url, lane);
    } catch (error) {
      throw inWords(error);
    }
    active += 1;
    const observer = {
      received: (bytes: number) => void (bytesReceived += bytes),
      over: () => void (active -= 1),
      release: (chunk: Buffer) => options.buffers.release(chunk),
    };
    const reply = await dispatch(dispatcher, request, inWords, observer, signal);
    if (answered.size >= MAX_KNOWN_ORIGINS) answered.clear();
    answered.add(url.origin);
    return reply;
  }

  /**
   * A kept connection may have been closed by the other side just as it was used again; such a request was not
   * looked at, and is sent once more at once. Nothing else is repeated here: those who ask know what is worth it.
   */
  function mayRepeat(error: unknown, { method, url, signal }: Exchange): boolean {
    if (method === 'POST' || signal?.aborted === true || !answered.has(url.origin)) return false;
    return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
  }

  return {
    get active() {
      return active;
    },
    get bytesReceived() {
      return bytesReceived;
    },
    async send(exchange, lane) {
      try {
        return await attempt(exchange, lane);
      } catch (error) {
        if (!mayRepeat(error, exchange)) throw error;
        return attempt(exchange, lane);
      }
    },
    close: () => dispatchers.destroy(),
  };
}

/** The connection pools: a direct one for each lane, and one for each lane, proxy and trust where proxies are set. */
function createDispatchers(options: TransportOptions): {
  get(url: URL, lane: Lane): Dispatcher;
  destroy(): Promise<void>;
} {
  const { maxConnections = MAX_CONNECTIONS, proxyFor = () => undefined } = options;
  const connections = {
    manifests: Math.min(MAX_MANIFEST_CONNECTIONS, maxConnections),
    blobs: maxConnections,
  };
  const connect = createConnector(options);
  const direct = {
    manifests: createAgent(connect, connections.manifests),
    blobs: createAgent(connect, connections.blobs),
  };
  const proxied = new Map<string, { readonly trust: Trust; readonly agent: Dispatcher }>();

  return {
    get(url, lane) {
      const proxy = proxyFor(url);
      if (proxy === undefined) return direct[lane];
      screenProxied(url, options);
      const side = sideOf(url.hostname, options.ownHost);
      const { [side]: target, other } = options.trust();
      const key = `${lane} ${side} ${proxy.href}`;
      const known = proxied.get(key);
      if (known?.trust === target) return known.agent;
      // Rotated certificates: what runs over the old connections may end.
      void known?.agent.close();
      // The proxy is no registry: what is waived or shown for the registry is not for it.
      const agent = createProxyAgent(
        proxy,
        { target, proxy: other },
        { connectMs: options.connectMs, connections: connections[lane] },
      );
      proxied.set(key, { trust: target, agent });
      return agent;
    },
    async destroy() {
      const agents = [direct.manifests, direct.blobs, ...[...proxied.values()].map(({ agent }) => agent)];
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}

function createAgent(connect: ReturnType<typeof createConnector>, connections: number): Agent {
  return new Agent({
    connect,
    connections,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: 64 * 1024,
  });
}

function translate(error: unknown, method: string, url: URL): UpstreamError {
  if (error instanceof EgressRefused) {
    return new UpstreamError('refused', error.message, { method, url, cause: error });
  }
  if (error instanceof UnusableCertificate) {
    return new UpstreamError('tls', `${url.host}: ${error.message}`, { method, url, cause: error });
  }
  return fromSocketError(error, method, url);
}
