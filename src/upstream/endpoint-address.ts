// Where a registry's repositories are found at one of its endpoints.
import type { EndpointStyle } from '../config/config.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';

export interface EndpointAddress {
  /** As it was configured. */
  readonly url: URL;
  /** What `/v2/` is appended to; without a slash at its end. */
  readonly baseUrl: URL;
  /** The query that every request carries. */
  readonly query: Readonly<Record<string, string>>;
  /** What a repository of the registry is called there. */
  repository(repository: RepositoryName): RepositoryName;
}

/**
 * A path in the URL is where the repositories live, as people write it for Harbor's projects: those of
 * `https://harbor.test/proxy` are asked for at `https://harbor.test/v2/proxy/<repository>/…`. Where the API itself
 * stands below a path, the URL says so with its `v2`: `https://artifacts.test/api/docker/remote/v2`.
 */
export function endpointAddress(url: URL, style: EndpointStyle, registry: RegistryHost): EndpointAddress {
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const api = segments.indexOf('v2');
  const root = api < 0 ? [] : segments.slice(0, api);
  const below = [...segments.slice(api < 0 ? 0 : api + 1), ...(style === 'path' ? [inPath(registry)] : [])];
  const baseUrl = new URL(url.origin);
  baseUrl.pathname = root.join('/');
  return {
    url,
    baseUrl,
    query: style === 'ns' ? { ns: registry } : {},
    // The parts were parsed by their grammars; the whole may be longer than a name may be, which the other side tells.
    repository: (repository) => [...below, repository].join('/') as RepositoryName,
  };
}

/** A repository's grammar forbids the colon of a port. */
function inPath(registry: RegistryHost): string {
  return registry.replace(/:(\d+)$/, '__$1');
}
