// Which registries may be asked for at all: allow_registries and deny_registries.
import type { Config } from '../config/config.ts';
import { OciError } from '../oci/errors.ts';
import type { RegistryHost } from '../oci/registry-host.ts';

/** Patterns are of `host[:port]`, in which `*` stands for anything. */
export type RegistryPolicy = Pick<Config, 'allowRegistries' | 'denyRegistries'>;

/**
 * Refuses a registry that the operator has closed. Both lists fail towards refusal: an allowed pattern without a
 * port allows port 443 alone, a denied one denies every port of the host.
 * @throws {OciError} DENIED, with the setting that says so
 */
export function refuseDenied(policy: RegistryPolicy, registry: RegistryHost): void {
  const { allowRegistries, denyRegistries = [] } = policy;
  const host = registry.replace(/:\d+$/, '');
  const denied = denyRegistries.find((pattern) => fits(pattern, registry) || fits(pattern, host));
  if (denied !== undefined) {
    throw new OciError('DENIED', `${registry} is closed by deny_registries (${denied}) of this server`);
  }
  if (allowRegistries !== undefined && !allowRegistries.some((pattern) => fits(pattern, registry))) {
    throw new OciError('DENIED', `${registry} is not among allow_registries of this server`);
  }
}

/** By hand and not by a RegExp, whose backtracking a pattern of many stars would make slow. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.toLowerCase().split('*');
  if (others.length === 0) return text === first;
  const last = others.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  let from = first.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}
