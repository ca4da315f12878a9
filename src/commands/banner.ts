// What the server says of itself when it starts, whatever the log level is.
import type { AdministeredServer } from '../admin/administered-server.ts';
import type { Config, ImageValidation } from '../config/config.ts';
import { isOpen, privateRegistries } from '../http/client-access.ts';
import { versionLine } from './version.ts';

/** Ends in the line `ready`, for those who wait for it. */
export function banner(
  config: Config,
  {
    urls,
    adminSocket,
    adminUrl,
    admissionUrl,
    metricsUrl,
    healthUrl,
    manifestCount,
  }: Pick<
    AdministeredServer,
    'urls' | 'adminSocket' | 'adminUrl' | 'admissionUrl' | 'metricsUrl' | 'manifestCount'
  > & { readonly healthUrl: string | undefined },
  owner: string,
): string {
  const { imagePath, registries, airGapped, rehearseAirGap, imageValidation } = config;
  const names = registries.map(({ registry, scheme }) =>
    scheme === 'https' ? registry : `${scheme}://${registry}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['listening on', urls.join(', ')],
    ...clients(config).map((who) => ['clients', who] as const),
    ['admin socket', adminSocket ?? 'none'],
    ...(adminUrl === undefined ? [] : [['admin API', `${adminUrl} (with its token)`] as const]),
    ...(admissionUrl === undefined
      ? []
      : [['admission', `${admissionUrl}/validate-image (${inWords(imageValidation)})`] as const]),
    ...(metricsUrl === undefined ? [] : [['metrics', metricsUrl] as const]),
    ...(healthUrl === undefined ? [] : [['health', healthUrl] as const]),
    ['running as', owner],
    [
      'image path',
      `${imagePath} (${manifestCount === 1 ? '1 manifest' : `${manifestCount} manifests`} cached)`,
    ],
    [
      'registries',
      names.length === 0
        ? 'none configured: any, anonymously, over verified HTTPS'
        : `${names.length} configured: ${names.join(', ')}`,
    ],
    ['air-gapped', airGapped ? 'yes' : rehearseAirGap ? 'no, but rehearsed; see `missed`' : 'no'],
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(14)}${value}`);
  return [versionLine(), ...lines, 'ready', ''].join('\n');
}

/** Who may pull; nothing where that is anybody, and nothing is lent to them. */
function clients(config: Config): readonly string[] {
  if (isOpen(config)) {
    const lent = privateRegistries(config);
    if (lent.length === 0) return [];
    return [
      `anybody, also what is private: ${lent.join(', ')} (htpasswd_file or server_tls.client_auth closes that)`,
    ];
  }
  const shown = [
    ...(config.serverTls?.clientAuth === 'verify' ? ['a certificate'] : []),
    ...(config.htpasswdFile === undefined ? [] : ['a password']),
  ];
  return [`only with ${shown.join(' and ')}`];
}

function inWords({ default: standard, mode, allow, deny }: ImageValidation): string {
  const rules = allow.length + deny.length;
  const count = rules === 1 ? '1 rule' : `${rules} rules`;
  return `${count}, else ${standard}${mode === 'warn' ? '; it only warns' : ''}`;
}
