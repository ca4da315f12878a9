// One key for one repository of one registry.
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';

/** `registry/repository`: unambiguous, because a registry host has no slash. */
export type RepositoryId = `${RegistryHost}/${RepositoryName}`;

export function repositoryId(registry: RegistryHost, repository: RepositoryName): RepositoryId {
  return `${registry}/${repository}`;
}

/** The registry and the repository of a key. */
export function splitRepositoryId(id: RepositoryId): [registry: RegistryHost, repository: RepositoryName] {
  const slash = id.indexOf('/');
  return [id.slice(0, slash) as RegistryHost, id.slice(slash + 1) as RepositoryName];
}
