// How connections are made: trust and screening by the host that is dialled, directly or through an HTTP proxy.
import { isIP } from 'node:net';
import { buildConnector, Pool, ProxyAgent } from 'undici';
import { refuseSpelling, screenedLookup } from './egress.ts';
import type { ResolveAll } from './egress.ts';
import type { ReceiveBuffers } from './receive-buffers.ts';
import type { RegistryTrust, Trust, TrustSource } from './tls.ts';

export interface ConnectorOptions {
  /** The host that was configured or named, with its port as `URL.host` has it. */
  readonly ownHost: string;
  /** Hosts that an operator configured may be anywhere; all others are screened. */
  readonly isConfiguredHost: (host: string) => boolean;
  readonly trust: TrustSource;
  readonly connectMs: number;
  readonly buffers: ReceiveBuffers;
  /** How names are resolved; default: as the operating system does. */
  readonly resolve?: ResolveAll;
}

/** Chooses for each connection, by its host, which need not be the one that was asked first. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const resolve = options.resolve;
  const lookups = {
    screened: { lookup: screenedLookup(resolve) },
    // A configured host may be anywhere.
    free: resolve === undefined ? {} : { lookup: unscreened(resolve) },
  };
  const built = new WeakMap<Trust, Record<keyof typeof lookups, buildConnector.connector>>();

  function connectors(trust: Trust): Record<keyof typeof lookups, buildConnector.connector> {
    let both = built.get(trust);
    if (both === undefined) {
      const { onread } = options.buffers;
      const build = (lookup: object) => buildConnector({ ...tlsOptions(trust, options), onread, ...lookup });
      both = { screened: build(lookups.screened), free: build(lookups.free) };
      built.set(trust, both);
    }
    return both;
  }

  return (target, callback) => {
    try {
      const configured = options.isConfiguredHost(target.host ?? target.hostname);
      if (!configured) refuseSpelling(target.hostname);
      const trust = options.trust()[sideOf(target.hostname, options.ownHost)];
      connectors(trust)[configured ? 'free' : 'screened'](target, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/** undici's agent for one proxy: CONNECT for https, the absolute form for http, with our trust inside the tunnel. */
export function createProxyAgent(
  proxy: URL,
  trust: { readonly target: Trust; readonly proxy: Trust },
  { connectMs, connections }: { readonly connectMs: number; readonly connections: number },
): ProxyAgent {
  const limits = { connections, pipelining: 1, allowH2: false } as const;
  return new ProxyAgent({
    uri: proxy.href,
    proxyTunnel: false,
    requestTls: tlsOptions(trust.target, { connectMs }),
    proxyTls: tlsOptions(trust.proxy, { connectMs }),
    connectTimeout: connectMs,
    clientFactory: (origin, own: object) => new Pool(origin, { ...own, headersTimeout: connectMs }),
    factory: (origin, own: object) => new Pool(origin, { ...own, ...limits }),
    ...limits,
  });
}

/**
 * Screens what a proxy is about to dial for us, by its spelling alone.
 * @throws {EgressRefused}
 */
export function screenProxied(url: URL, { isConfiguredHost }: ConnectorOptions): void {
  if (!isConfiguredHost(url.host)) refuseSpelling(url.hostname);
}

/** Which trust holds for a host: a registry's client certificate and waivers are for its own host alone. */
export function sideOf(hostname: string, ownHost: string): keyof RegistryTrust {
  const own = new URL(`https://${ownHost}`).hostname;
  return unbracketed(hostname) === unbracketed(own) ? 'own' : 'other';
}

function tlsOptions(
  { secureContext, rejectUnauthorized }: Trust,
  { connectMs }: { readonly connectMs: number },
) {
  return { secureContext, rejectUnauthorized, timeout: connectMs, allowH2: false, autoSelectFamily: true };
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function unscreened(resolve: ResolveAll): ReturnType<typeof screenedLookup> {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error, '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, isIP(first.address));
    });
  };
}
