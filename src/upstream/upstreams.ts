// The upstreams by registry: made when first asked for, each with connections and tokens of its own.
import { registryEntryFor } from '../config/config.ts';
import type { Config, EndpointStyle, RegistryEntry } from '../config/config.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { createAuthorizer } from './authorizer.ts';
import type { BreakerTimes } from './breaker.ts';
import type { ResolveAll } from './egress.ts';
import { createEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointAddress } from './endpoint-address.ts';
import { createLogin } from './login.ts';
import { proxiesFrom } from './proxy.ts';
import type { SecretOptions } from './secret.ts';
import { registryTrust, systemTrust } from './tls.ts';
import { createTransport } from './transport.ts';
import { createUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';
import { accessAt, endpointsOf, ownUrl } from './upstream-entry.ts';
import type { UpstreamStatus } from './upstream-status.ts';

export interface Upstreams {
  /** The upstream of one repository of a registry; different ones may be configured differently. */
  get(target: UpstreamTarget): Upstream;
  /** Of every endpoint that was used lately. */
  status(): readonly UpstreamStatus[];
  close(): Promise<void>;
}

export interface UpstreamTarget {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  /** The `Via` header of the request that is behind it. */
  readonly passedOn?: string;
}

export interface UpstreamsOptions extends SecretOptions {
  /** Reads a PEM file that the configuration names. */
  readonly readFile: (path: string) => string;
  readonly via: string;
  /** How names are resolved; default: as the operating system does. */
  readonly resolve?: ResolveAll;
  readonly breakerTimes?: Partial<BreakerTimes>;
  /** How many registries that nobody configured are kept; clients can invent as many as they like. */
  readonly maxUnconfigured?: number;
}

const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;
const MAX_UNCONFIGURED = 256;

/** @throws {Error} when a proxy variable of the environment holds no URL */
export function createUpstreams(config: Config, options: UpstreamsOptions): Upstreams {
  const { maxUnconfigured = MAX_UNCONFIGURED } = options;
  const system = systemTrust();
  const proxyFor = proxiesFrom(options.env);
  const configuredHosts = hostsOf(config);
  const configured = new Map<RegistryEntry, Upstream>();
  /** In the order of their last use. */
  const others = new Map<RegistryHost, Upstream>();

  function create(entry: RegistryEntry): Upstream {
    const endpoints = endpointsOf(entry).map(({ url, style }) => createOne(entry, url, style));
    return createUpstream(entry, endpoints);
  }

  function createOne(entry: RegistryEntry, url: URL, style: EndpointStyle): Endpoint {
    const { timeouts = {}, maxConnections } = entry;
    const address = endpointAddress(url, style, entry.registry);
    const access = accessAt(config, entry, url);
    const transport = createTransport({
      ownHost: url.host,
      isConfiguredHost: (host) => configuredHosts.has(host),
      trust: registryTrust(access.tls, system, options.readFile),
      connectMs: timeouts.connectMs ?? CONNECT_MS,
      headersMs: timeouts.headerMs ?? HEADERS_MS,
      noProgressMs: timeouts.noProgressMs ?? config.pullTimeoutMs,
      proxyFor,
      ...(maxConnections !== undefined && { maxConnections }),
      ...(options.resolve !== undefined && { resolve: options.resolve }),
    });
    const login = access.auth && createLogin(access.registry, access.auth, options);
    return createEndpoint({
      address,
      transport,
      authorizer: (watched) => createAuthorizer(watched, address.baseUrl, login, options),
      presentsCertificate: access.tls.cert !== undefined,
      now: options.now,
      via: options.via,
      ...(options.breakerTimes !== undefined && { breakerTimes: options.breakerTimes }),
    });
  }

  /** The least lately used that nothing runs over gives way; its idle connections close by themselves. */
  function makeRoom(): void {
    for (const [registry, upstream] of others) {
      if (others.size < maxUnconfigured) return;
      if (upstream.busy) continue;
      others.delete(registry);
      upstream.retire();
    }
  }

  function unconfigured(entry: RegistryEntry): Upstream {
    let upstream = others.get(entry.registry);
    if (upstream === undefined) {
      makeRoom();
      upstream = create(entry);
    }
    others.delete(entry.registry);
    others.set(entry.registry, upstream);
    return upstream;
  }

  const all = (): readonly Upstream[] => [...configured.values(), ...others.values()];
  return {
    get({ registry, repository, passedOn }) {
      const entry = registryEntryFor(config, registry, repository);
      let upstream = configured.get(entry);
      if (!config.registries.includes(entry)) upstream = unconfigured(entry);
      else if (upstream === undefined) configured.set(entry, (upstream = create(entry)));
      return passedOn === undefined ? upstream : upstream.passingOn(passedOn);
    },
    status: () => all().flatMap((upstream) => upstream.status()),
    async close() {
      await Promise.all(all().map((upstream) => upstream.close()));
    },
  };
}

/** What an operator wrote down may be anywhere: the registries, where they are to be reached, and their token services. */
function hostsOf({ registries }: Config): ReadonlySet<string> {
  return new Set(
    registries.flatMap((entry) => [
      entry.registry,
      ownUrl(entry).host,
      ...endpointsOf(entry).map(({ url }) => url.host),
      ...(entry.auth?.realms ?? []),
    ]),
  );
}
