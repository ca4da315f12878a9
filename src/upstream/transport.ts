// One HTTP exchange with one host: pooled connections, time limits, egress rules. No redirects, no authentication.
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, buildConnector } from 'undici';
import { dispatch } from './dispatch.ts';
import { EgressRefused, refuseLiteral, screenedLookup } from './egress.ts';
import { fromSocketError, UpstreamError } from './errors.ts';
import type { ReplyBody } from './reply-body.ts';
import type { RegistryTrust, Trust } from './tls.ts';

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

export interface TransportOptions {
  /** The host that was configured or named, with its port as `URL.host` has it. */
  readonly ownHost: string;
  /** Hosts that an operator configured may be anywhere; all others are screened. */
  readonly isConfiguredHost: (host: string) => boolean;
  readonly trust: RegistryTrust;
  /** Milliseconds without a byte of the body after which an exchange is given up. */
  readonly noProgressMs: number;
  readonly connectMs: number;
  readonly headersMs: number;
}

/** Connections per host in each lane; the manifests' lane keeps them from queueing behind blobs. */
const lanes = { manifests: 16, blobs: 64 } as const;
export type Lane = keyof typeof lanes;

export interface Transport {
  /** @throws {UpstreamError} when no reply came */
  send(exchange: Exchange, lane: Lane): Promise<Reply>;
  close(): Promise<void>;
}

export function createTransport(options: TransportOptions): Transport {
  const agents = {
    manifests: createAgent(options, lanes.manifests),
    blobs: createAgent(options, lanes.blobs),
  };
  return {
    send({ method, url, headers, body, signal }, lane) {
      const options = {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        // Content-encoded blobs would not have their digest.
        headers: { 'user-agent': 'ociregistry', 'accept-encoding': 'identity', ...headers },
        ...(body !== undefined && { body }),
      };
      return dispatch(agents[lane], options, (error) => translate(error, method, url), signal);
    },
    async close() {
      await Promise.all([agents.manifests.destroy(), agents.blobs.destroy()]);
    },
  };
}

function createAgent(options: TransportOptions, connections: number): Agent {
  return new Agent({
    connect: createConnector(options),
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: options.headersMs,
    bodyTimeout: options.noProgressMs,
    maxHeaderSize: 64 * 1024,
  });
}

/** Chooses trust and screening by the host that is dialled, which need not be the one that was asked first. */
function createConnector(options: TransportOptions): buildConnector.connector {
  const build = (trust: Trust, screened: boolean) =>
    buildConnector({
      secureContext: trust.secureContext,
      rejectUnauthorized: trust.rejectUnauthorized,
      timeout: options.connectMs,
      allowH2: false,
      autoSelectFamily: true,
      ...(screened && { lookup: screenedLookup }),
    });
  const connectors = {
    own: { screened: build(options.trust.own, true), free: build(options.trust.own, false) },
    other: { screened: build(options.trust.other, true), free: build(options.trust.other, false) },
  };
  const ownHostname = hostname(options.ownHost);
  return (target, callback) => {
    const host = target.host ?? target.hostname;
    const configured = options.isConfiguredHost(host);
    const side = connectors[target.hostname === ownHostname ? 'own' : 'other'];
    try {
      if (!configured) refuseLiteral(target.hostname);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    (configured ? side.free : side.screened)(target, callback);
  };
}

function translate(error: unknown, method: string, url: URL): UpstreamError {
  if (error instanceof EgressRefused)
    return new UpstreamError('refused', error.message, { method, url, cause: error });
  return fromSocketError(error, method, url);
}

function hostname(host: string): string {
  return new URL(`https://${host}`).hostname;
}
