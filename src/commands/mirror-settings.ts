// The flags of `mirror` as settings.
import { resolve } from 'node:path';
import { MirrorError } from '../mirror/mistake.ts';
import { parseServerAddress } from '../mirror/server-address.ts';
import { checkSettings } from '../mirror/settings.ts';
import type { MirrorSettings } from '../mirror/settings.ts';
import type { RegistryHost } from '../oci/registry-host.ts';

/** What was given on the command line; what was not is absent. */
export interface MirrorSettingFlags {
  readonly server?: string;
  readonly registries?: readonly RegistryHost[];
  readonly all?: true;
  readonly fallback: 'yes' | 'no';
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly copyCertificates?: true;
}

/** @throws {MirrorError} when one is missing, or they contradict each other */
export function mirrorSettings(flags: MirrorSettingFlags): MirrorSettings {
  const { server, registries, all = false, fallback, ca, cert, key, copyCertificates: copied } = flags;
  if (server === undefined)
    throw new MirrorError('--server is missing: where do the clients find the server?');
  if (all && registries !== undefined) throw new MirrorError('--all and --registries exclude each other');
  if ((cert === undefined) !== (key === undefined)) throw new MirrorError('--cert and --key need each other');
  const settings: MirrorSettings = {
    server: parseServerAddress(server),
    registries: registries ?? 'all',
    fallback: fallback === 'yes',
    tls: {
      // The client reads them from elsewhere.
      ...(ca !== undefined && { ca: resolve(ca) }),
      ...(cert !== undefined && key !== undefined && { client: { cert: resolve(cert), key: resolve(key) } }),
      ...(copied !== undefined && { copied }),
    },
  };
  checkSettings(settings);
  return settings;
}
