// The upstreams by registry: made when first asked for, each with connections and tokens of its own.
import { isDeepStrictEqual } from 'node:util';
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
import { ReceiveBuffers } from './receive-buffers.ts';
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
  /**
   * Goes by another configuration from now on. Registries that are reached as before keep their connections, tokens
   * and breakers; what is under way elsewhere ends over the connections it has.
   */
  reload(config: Config): void;
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

/** An upstream, and what it was made from. */
interface Made {
  readonly plan: Plan;
  readonly upstream: Upstream;
}

/** @throws {Error} when a proxy variable of the environment holds no URL */
export function createUpstreams(initial: Config, options: UpstreamsOptions): Upstreams {
  const { maxUnconfigured = MAX_UNCONFIGURED } = options;
  const system = systemTrust();
  const proxyFor = proxiesFrom(options.env);
  const buffers = new ReceiveBuffers();
  let config = initial;
  let configuredHosts = hostsOf(config);
  const configured = new Map<RegistryEntry, Made>();
  /** In the order of their last use. */
  const others = new Map<RegistryHost, Upstream>();
  /** Those that no entry leads to any more and over which something ran lately. */
  let retired: readonly Upstream[] = [];

  function create(plan: Plan): Upstream {
    return createUpstream(
      plan,
      plan.endpoints.map((endpoint) => createOne(plan, endpoint)),
    );
  }

  function createOne(plan: Plan, { url, style, access }: PlannedEndpoint): Endpoint {
    const { registry, timeouts = {}, maxConnections } = plan;
    const address = endpointAddress(new URL(url), style, registry);
    const transport = createTransport({
      ownHost: address.url.host,
      isConfiguredHost: (host) => configuredHosts.has(host),
      trust: registryTrust(access.tls, system, options.readFile),
      connectMs: timeouts.connectMs ?? CONNECT_MS,
      headersMs: timeouts.headerMs ?? HEADERS_MS,
      noProgressMs: timeouts.noProgressMs ?? config.pullTimeoutMs,
      proxyFor,
      buffers,
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
      upstream = create(planOf(config, entry));
    }
    others.delete(entry.registry);
    others.set(entry.registry, upstream);
    return upstream;
  }

  function ofEntry(entry: RegistryEntry): Upstream {
    let made = configured.get(entry);
    if (made === undefined) {
      const plan = planOf(config, entry);
      made = { plan, upstream: create(plan) };
      configured.set(entry, made);
    }
    return made.upstream;
  }

  /** Hands each upstream on to the entry that would make the same, and gives back those that no entry would. */
  function handOn(): readonly Upstream[] {
    const before = [...configured.values()];
    configured.clear();
    for (const entry of config.registries) {
      const plan = planOf(config, entry);
      const index = before.findIndex((made) => isDeepStrictEqual(made.plan, plan));
      const [same] = index < 0 ? [] : before.splice(index, 1);
      if (same !== undefined) configured.set(entry, same);
    }
    return before.map(({ upstream }) => upstream);
  }

  const ofEntries = (): readonly Upstream[] => [...configured.values()].map(({ upstream }) => upstream);
  return {
    get({ registry, repository, passedOn }) {
      const entry = registryEntryFor(config, registry, repository);
      const upstream = config.registries.includes(entry) ? ofEntry(entry) : unconfigured(entry);
      return passedOn === undefined ? upstream : upstream.passingOn(passedOn);
    },
    status: () => [
      ...ofEntries().flatMap((upstream) => statusOf(upstream, true)),
      ...[...others.values()].flatMap((upstream) => statusOf(upstream, false)),
    ],
    reload(next) {
      config = next;
      configuredHosts = hostsOf(config);
      const dropped = [...handOn()];
      for (const { registry, pathPrefix } of config.registries) {
        const upstream = pathPrefix === undefined ? others.get(registry) : undefined;
        if (upstream === undefined) continue;
        others.delete(registry);
        dropped.push(upstream);
      }
      for (const upstream of dropped) upstream.retire();
      // Connections over which nothing runs close by themselves.
      retired = [...retired, ...dropped].filter(({ busy }) => busy);
    },
    async close() {
      await Promise.all([...ofEntries(), ...others.values(), ...retired].map((upstream) => upstream.close()));
    },
  };
}

/** All that decides how an upstream is reached; what only decides what is asked of it is not in here. */
interface Plan extends Pick<RegistryEntry, 'registry' | 'pathPrefix' | 'timeouts' | 'maxConnections'> {
  readonly endpoints: readonly PlannedEndpoint[];
}

interface PlannedEndpoint {
  readonly url: string;
  readonly style: EndpointStyle;
  readonly access: Pick<RegistryEntry, 'registry' | 'auth' | 'tls'>;
}

function planOf(config: Config, entry: RegistryEntry): Plan {
  const { registry, pathPrefix, timeouts, maxConnections } = entry;
  return {
    registry,
    ...(pathPrefix !== undefined && { pathPrefix }),
    ...(timeouts !== undefined && { timeouts }),
    ...(maxConnections !== undefined && { maxConnections }),
    endpoints: endpointsOf(entry).map(({ url, style }) => {
      const { registry: owner, auth, tls } = accessAt(config, entry, url);
      return { url: url.href, style, access: { registry: owner, tls, ...(auth !== undefined && { auth }) } };
    }),
  };
}

function statusOf(upstream: Upstream, configured: boolean): readonly UpstreamStatus[] {
  return upstream.status().map((status) => ({ ...status, configured }));
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
