// What the server says of itself when it starts, whatever the log level is.
import type { AdministeredServer } from '../admin/administered-server.ts';
import type { Config, ImageValidation } from '../config/config.ts';
import { versionLine } from './version.ts';

/** Ends in the line `ready`, for those who wait for it. */
export function banner(
  { imagePath, registries, airGapped, imageValidation }: Config,
  {
    urls,
    adminSocket,
    adminUrl,
    admissionUrl,
    metricsUrl,
    manifestCount,
  }: Pick<
    AdministeredServer,
    'urls' | 'adminSocket' | 'adminUrl' | 'admissionUrl' | 'metricsUrl' | 'manifestCount'
  >,
  owner: string,
): string {
  const names = registries.map(({ registry, scheme }) =>
    scheme === 'https' ? registry : `${scheme}://${registry}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['listening on', urls.join(', ')],
    ['admin socket', adminSocket ?? 'none'],
    ...(adminUrl === undefined ? [] : [['admin API', `${adminUrl} (with its token)`] as const]),
    ...(admissionUrl === undefined
      ? []
      : [['admission', `${admissionUrl}/validate-image (${inWords(imageValidation)})`] as const]),
    ...(metricsUrl === undefined ? [] : [['metrics', metricsUrl] as const]),
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
    ['air-gapped', airGapped ? 'yes' : 'no'],
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(14)}${value}`);
  return [versionLine(), ...lines, 'ready', ''].join('\n');
}

function inWords({ default: standard, mode, allow, deny }: ImageValidation): string {
  const rules = allow.length + deny.length;
  const count = rules === 1 ? '1 rule' : `${rules} rules`;
  return `${count}, else ${standard}${mode === 'warn' ? '; it only warns' : ''}`;
}
