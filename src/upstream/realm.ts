// A Bearer challenge's realm: where the token service is, and whether it may see our credentials.
import { getDomain } from 'tldts';
import type { Challenge } from '../oci/challenge.ts';
import { UpstreamError } from './errors.ts';

/** Whether a challenge can be answered by asking a token service. */
export function hasRealm({ scheme, params }: Challenge): boolean {
  return scheme === 'bearer' && params['realm'] !== undefined && URL.canParse(params['realm']);
}

/**
 * The URL to ask for a token, with its `service`.
 * @throws {UpstreamError} when it is none, or would be asked without TLS by a registry that has it
 */
export function realmUrl(challenge: Challenge, registryUrl: URL): URL {
  const { realm = '', service } = challenge.params;
  const exchange = { method: 'GET', url: registryUrl };
  if (!URL.canParse(realm)) {
    throw new UpstreamError('invalid', 'the Bearer challenge names no usable realm', exchange);
  }
  const url = new URL(realm);
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || registryUrl.protocol !== 'http:')) {
    throw new UpstreamError('refused', `the token service ${url.host} would be asked without TLS`, exchange);
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  if (service !== undefined) url.searchParams.set('service', service);
  return url;
}

/**
 * Whether credentials may be shown to a realm: on the registry's own host or registrable domain, or where the
 * operator said so. `allowPrivateDomains`, because `a.github.io` and `b.github.io` are two parties.
 */
export function mayShowCredentials(registryUrl: URL, realm: URL, configured: readonly string[]): boolean {
  if (realm.hostname === registryUrl.hostname || configured.includes(realm.host)) return true;
  // No name has an empty label, but tldts reads past those at its end.
  if (realm.hostname.includes('..')) return false;
  const domain = getDomain(registryUrl.hostname, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(realm.hostname, { allowPrivateDomains: true });
}
