// Where an entry says to go, and what it says holds there.
import { defaultRegistryEntry } from '../config/config.ts';
import type { Config, EndpointStyle, RegistryEntry } from '../config/config.ts';

/** `docker.io` is a name; the registry behind it is elsewhere. */
const dockerHub = 'registry-1.docker.io';

/** Where the registry itself is. */
export function ownUrl({ registry, scheme }: Pick<RegistryEntry, 'registry' | 'scheme'>): URL {
  return new URL(`${scheme}://${registry === 'docker.io' ? dockerHub : registry}/`);
}

/** Where an entry says to go, which is the registry itself where it says nothing. */
export function endpointsOf(
  entry: RegistryEntry,
): readonly { readonly url: URL; readonly style: EndpointStyle }[] {
  const { endpoints = [] } = entry;
  if (endpoints.length === 0) return [{ url: ownUrl(entry), style: 'plain' }];
  return endpoints.map(({ url, style }) => ({ url: new URL(url), style }));
}

/**
 * Whose `auth` and `tls` hold at an endpoint, so that a registry's credentials do not reach a mirror that was not
 * meant: those of the endpoint host's own entry, if it has one; else this entry's, which are meant for the registry
 * itself where that is among the endpoints, and for all endpoints where it is not.
 */
export function accessAt(
  config: Pick<Config, 'registries'>,
  entry: RegistryEntry,
  url: URL,
): Pick<RegistryEntry, 'registry' | 'auth' | 'tls'> {
  const home = ownUrl(entry).host;
  if (url.host === home) return entry;
  const theirs = config.registries.find(
    (other) => other !== entry && other.pathPrefix === undefined && ownUrl(other).host === url.host,
  );
  if (theirs !== undefined) return theirs;
  const meantForHome = endpointsOf(entry).some((endpoint) => endpoint.url.host === home);
  return meantForHome ? defaultRegistryEntry(entry.registry) : entry;
}
