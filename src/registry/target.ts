// A repository of a registry, as the engine passes it around.
import { repositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';

export interface Target {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  /** The `Via` header of the request for it, which goes on to the upstream: it tells a circle of mirrors. */
  readonly passedOn?: string;
  /** The registry that it is really fetched from, where it is stored under another one's name. */
  readonly source?: RegistryHost;
}

export function targetId({ registry, repository }: Target): RepositoryId {
  return repositoryId(registry, repository);
}
