// The upstreams by registry: made when first asked for, each with connections and tokens of its own.
import { registryEntry } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { registryTrust, systemTrust } from './tls.ts';
import { createTransport } from './transport.ts';
import { createUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

export interface Upstreams {
  get(registry: RegistryHost): Upstream;
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  readonly now: () => Date;
  /** Reads a PEM file that the configuration names. */
  readonly readFile: (path: string) => string;
  readonly via: string;
}

const CONNECT_MS = 10_000;
const HEADERS_MS = 30_000;

/** `docker.io` is a name; the registry behind it is elsewhere. */
const dockerHub = 'registry-1.docker.io';

export function createUpstreams(config: Config, options: UpstreamsOptions): Upstreams {
  const upstreams = new Map<RegistryHost, Upstream>();
  const configured = new Set<string>(config.registries.map(({ registry }) => registry));
  const system = systemTrust();

  function create(registry: RegistryHost): Upstream {
    const entry = registryEntry(config, registry);
    const baseUrl = new URL(`${entry.scheme}://${registry === 'docker.io' ? dockerHub : registry}/`);
    const transport = createTransport({
      ownHost: baseUrl.host,
      isConfiguredHost: (host) => configured.has(host),
      trust: registryTrust(entry.tls, system, options.readFile),
      noProgressMs: config.pullTimeoutMs,
      connectMs: CONNECT_MS,
      headersMs: HEADERS_MS,
    });
    return createUpstream(entry, baseUrl, transport, options);
  }

  return {
    get(registry) {
      let upstream = upstreams.get(registry);
      if (upstream === undefined) upstreams.set(registry, (upstream = create(registry)));
      return upstream;
    },
    async close() {
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    },
  };
}
