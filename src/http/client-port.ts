// The port that clients come to: a listener for each address, all with one certificate and one gate.
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Config } from '../config/config.ts';
import { mostOpenFiles } from '../config/open-files.ts';
import { openClientGate } from './client-gate.ts';
import { Crowd, mostConnections } from './crowd.ts';
import { addressOf, closeListener, createListener, drain, listen, portOf, urlOf } from './listener.ts';
import type { Fetch, ListenerOptions } from './listener.ts';
import { noteFailedHandshakes, noteTlsClients } from './misdirected.ts';
import type { RefusalOptions } from './refuse.ts';
import { openServerCertificate } from './server-certificate.ts';

export interface ClientPort {
  readonly port: number;
  /** One for each address. */
  readonly urls: readonly string[];
  /** Accepts nobody any more, and ends when those who are there have what they asked for, or time is up. */
  close(graceMs: number): Promise<void>;
}

type PortSettings = Pick<Config, 'host' | 'port' | 'serverTls' | 'htpasswdFile'>;

interface PortOptions extends Pick<ListenerOptions, 'ahead' | 'isLast'>, RefusalOptions {
  readonly fetch: Fetch;
}

/**
 * @throws {ConfigError} when the certificate or the passwords cannot be used
 * @throws {Error} with `code` EADDRINUSE, EACCES or the like when an address cannot be listened on
 */
export async function openClientPort(
  { host, port, serverTls, htpasswdFile }: PortSettings,
  { fetch, log, measure, ...options }: PortOptions,
): Promise<ClientPort> {
  const gate = htpasswdFile === undefined ? undefined : await openClientGate(htpasswdFile, { log, measure });
  using opening = new DisposableStack();
  if (gate !== undefined) opening.use(gate);
  const certificate = serverTls && opening.use(openServerCertificate('server_tls', serverTls, log));
  const crowd = new Crowd(mostConnections(mostOpenFiles()), { log, measure });
  const admits: ListenerOptions['admits'] = (incoming, outgoing) =>
    crowd.admits(incoming, outgoing) && (gate?.admits(incoming, outgoing) ?? true);
  const scheme = certificate === undefined ? 'http' : 'https';
  const hosts = host.split(',');
  const open: { readonly server: Server; readonly url: string }[] = [];
  try {
    for (const address of hosts) {
      const server = createListener(fetch, { ...options, certificate, admits });
      crowd.watch(server, certificate === undefined ? 'connection' : 'secureConnection');
      if (certificate === undefined) noteTlsClients(server, log);
      else noteFailedHandshakes(server, log);
      const [first] = open;
      const where = addressOf(address, first === undefined ? port : portOf(first.server));
      try {
        // Alone, `::` takes IPv4 as well.
        await listen(server, { ...where, ipv6Only: address === '::' && hosts.includes('0.0.0.0') });
      } catch (error) {
        await closeListener(server);
        const others = open.length > 0 || address !== hosts.at(-1);
        if (!others || !lacksIpv6(error, address)) throw error;
        log.warn('this machine has no IPv6; the other addresses are listened on', { address });
        continue;
      }
      open.push({ server, url: urlOf(address, server, scheme) });
    }
  } catch (error) {
    await Promise.all(open.map(({ server }) => closeListener(server)));
    throw error;
  }

  const files = opening.move();
  const [first] = open;
  return {
    port: first === undefined ? port : portOf(first.server),
    urls: open.map(({ url }) => url),
    async close(graceMs) {
      await Promise.all(open.map(({ server }) => drain(server, graceMs)));
      files.dispose();
    },
  };
}

/** Every machine has these two addresses that has IPv6 at all. */
function lacksIpv6(error: unknown, address: string): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!isIPv6(address)) return false;
  return code === 'EAFNOSUPPORT' || (code === 'EADDRNOTAVAIL' && ['::', '::1'].includes(address));
}
