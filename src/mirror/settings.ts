// What a node's clients are to be told.
import type { RegistryHost } from '../oci/registry-host.ts';
import { MirrorError } from './mistake.ts';
import { isPlainHttp } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

/** Paths of PEM files on the node. */
export interface MirrorTls {
  /** The authority of the server's certificate, believed beside the system's. */
  readonly ca?: string;
  /** What the node shows to the server. */
  readonly client?: { readonly cert: string; readonly key: string };
  /** Whether they are copied beside the client's files, because it does not see these paths. */
  readonly copied?: boolean;
}

export interface MirrorSettings {
  readonly server: ServerAddress;
  /** Which registries are asked through the server. */
  readonly registries: 'all' | readonly RegistryHost[];
  /** Whether the node may ask the registry itself when the server fails it. */
  readonly fallback: boolean;
  readonly tls: MirrorTls;
}

/** @throws {MirrorError} when the settings contradict each other */
export function checkSettings({ server, registries, tls }: MirrorSettings): void {
  if (registries !== 'all' && registries.length === 0) {
    throw new MirrorError('--registries names none; name some, or say --all');
  }
  const files = [tls.ca, tls.client?.cert, tls.client?.key].filter((file) => file !== undefined);
  if (isPlainHttp(server) && files.length > 0) {
    throw new MirrorError(
      `${server} is plain HTTP, which has no certificates; write https:// or leave them out`,
    );
  }
}
