// Where clients find this server: the URL that their files name.
import type { Brand } from '../oci/brand.ts';
import { quoted } from '../oci/quotation.ts';
import { MirrorError } from './mistake.ts';

/** `http://host[:port]` or `https://host[:port]`, without a path and without the scheme's default port. */
export type ServerAddress = string & Brand<'ServerAddress'>;

/** @throws {MirrorError} when it is no URL of a server, or says more than that */
export function parseServerAddress(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.host === '') {
    throw new MirrorError(`--server ${quoted(text)} is no URL; write it like http://10.0.0.5:8080`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new MirrorError(
      '--server has no user or password in it: every process on a node may read its files',
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new MirrorError(`--server ${quoted(text)} ends with its port: leave out the path`);
  }
  return url.origin as ServerAddress;
}

/** `host[:port]`, as it stands in the name of an image. */
export function hostOf(server: ServerAddress): string {
  return new URL(server).host;
}

export function isPlainHttp(server: ServerAddress): boolean {
  return server.startsWith('http:');
}

/** Whether a URL in a client's file means this server; one without a scheme is HTTPS. */
export function isServer(url: string, server: ServerAddress): boolean {
  const whole = /^https?:/.test(url) ? url : `https://${url}`;
  return URL.canParse(whole) && new URL(whole).origin === server;
}
