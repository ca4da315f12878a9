// certs.d of docker, podman and CRI-O, and of containerd where it is to have copies: the certificates for a server, found by its name.
import type { NodeFiles, PlannedFile } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { hostOf } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

/**
 * Copies in a directory called certs.d, since these clients look nowhere else: after a renewal, run `mirror` again.
 * @throws {MirrorError} when a file that is named does not exist
 */
export function serverCertificates(
  { server, tls }: MirrorSettings,
  certs: string,
  files: NodeFiles,
): readonly PlannedFile[] {
  const at = `${certs}/${hostOf(server)}`;
  const copy = (from: string, name: string): PlannedFile => {
    const text = files.read(from);
    if (text === undefined) throw new MirrorError(`${from} does not exist`);
    return { path: `${at}/${name}`, text };
  };
  return [
    ...(tls.ca === undefined ? [] : [copy(tls.ca, 'ca.crt')]),
    ...(tls.client === undefined
      ? []
      : [
          copy(tls.client.cert, 'client.cert'),
          { ...copy(tls.client.key, 'client.key'), secret: true as const },
        ]),
  ];
}

/** The same settings, for a client that is told where the copies are. */
export function withCopies(settings: MirrorSettings, certs: string): MirrorSettings {
  const at = `${certs}/${hostOf(settings.server)}`;
  const { ca, client } = settings.tls;
  return {
    ...settings,
    tls: {
      ...(ca !== undefined && { ca: `${at}/ca.crt` }),
      ...(client !== undefined && { client: { cert: `${at}/client.cert`, key: `${at}/client.key` } }),
    },
  };
}
