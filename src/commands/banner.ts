// What the server says of itself when it starts, whatever the log level is.
import type { AdministeredServer } from '../admin/administered-server.ts';
import type { Config } from '../config/config.ts';
import { versionLine } from './version.ts';

/** Ends in the line `ready`, for those who wait for it. */
export function banner(
  { imagePath, registries, airGapped, rehearseAirGap }: Config,
  {
    urls,
    adminSocket,
    adminUrl,
    metricsUrl,
    healthUrl,
    manifestCount,
  }: Pick<AdministeredServer, 'urls' | 'adminSocket' | 'adminUrl' | 'metricsUrl' | 'manifestCount'> & {
    readonly healthUrl: string | undefined;
  },
  owner: string,
): string {
  const names = registries.map(({ registry, scheme }) =>
    scheme === 'https' ? registry : `${scheme}://${registry}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['listening on', urls.join(', ')],
    ['admin socket', adminSocket ?? 'none'],
    ...(adminUrl === undefined ? [] : [['admin API', `${adminUrl} (with its token)`] as const]),
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
