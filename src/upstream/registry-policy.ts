// Which registries may be asked for at all: allow_registries and deny_registries.
import type { Config } from '../config/config.ts';
import { OciError } from '../oci/errors.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { matchesWildcard } from '../oci/wildcard.ts';

/** Patterns are of `host[:port]`, in which `*` stands for anything. */
export type RegistryPolicy = Pick<Config, 'allowRegistries' | 'denyRegistries'>;

/**
 * Refuses a registry that the operator has closed. Both lists fail towards refusal: an allowed pattern without a
 * port allows port 443 alone, a denied one denies every port of the host.
 * @throws {OciError} DENIED, with the setting that says so
 */
export function refuseDenied(policy: RegistryPolicy, registry: RegistryHost): void {
  const reason = whyDenied(policy, registry);
  if (reason !== undefined) throw new OciError('DENIED', reason);
}

/** Why a registry is closed, if it is. */
export function whyDenied(policy: RegistryPolicy, registry: RegistryHost): string | undefined {
  const { allowRegistries, denyRegistries = [] } = policy;
  const host = registry.replace(/:\d+$/, '');
  // A name without a port stands for the default one, which a pattern may spell out.
  const names = host === registry ? [host, `${host}:443`, `${host}:80`] : [host, registry];
  const denied = denyRegistries.find((pattern) => names.some((name) => fits(pattern, name)));
  if (denied !== undefined) return `${registry} is closed by deny_registries (${denied}) of this server`;
  if (allowRegistries === undefined || allowRegistries.some((pattern) => fits(pattern, registry)))
    return undefined;
  return `${registry} is not among allow_registries of this server`;
}

function fits(pattern: string, text: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), text);
}
