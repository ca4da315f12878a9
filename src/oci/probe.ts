// The probe: a name that no registry has, by which a node proves that its clients ask this server.
import type { RegistryHost } from './registry-host.ts';
import type { RepositoryName } from './repository.ts';

/** As a registry it resolves nowhere, as the beginning of a repository it is nobody's. */
export const probeName = 'ociregistry-doctor.invalid';

export function isProbe(registry: RegistryHost, repository: RepositoryName): boolean {
  return registry === probeName || repository.startsWith(`${probeName}/`);
}

/** What only this server says. */
export function probeAnswer(registry: string, repository: string): string {
  return `ociregistry was asked for ${registry}/${repository}: this client pulls through here`;
}
