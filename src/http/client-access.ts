// Who may pull, and what that lends them.
import type { Config } from '../config/config.ts';
import type { RegistryHost } from '../oci/registry-host.ts';

/** Whether nobody is asked who he is. */
export function isOpen({ serverTls, htpasswdFile }: Pick<Config, 'serverTls' | 'htpasswdFile'>): boolean {
  return htpasswdFile === undefined && serverTls?.clientAuth !== 'verify';
}

/** The registries that believe us, by password, token or certificate. */
export function privateRegistries({ registries }: Pick<Config, 'registries'>): readonly RegistryHost[] {
  const believing = registries.filter(({ auth, tls }) => auth !== undefined || tls.cert !== undefined);
  return [...new Set(believing.map(({ registry }) => registry))];
}
