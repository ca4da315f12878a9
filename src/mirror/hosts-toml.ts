// hosts.toml of containerd: which servers it asks for a registry, in which order.
import { isDeepStrictEqual } from 'node:util';
import { banner } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { isServer } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';
import { isTable, parseToml, reading, tableHeaders, tomlString } from './toml-text.ts';

/**
 * The file that leads a registry here. Without `server`, containerd ends its list with the registry itself; with
 * it, nobody is asked but those named. 1.x needs the `[host]` table even where `server` says the same.
 * Servers that others named stay, behind us.
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 * @throws {MirrorError} when others' servers would be asked although there is to be no fallback
 */
export function hostsToml(existing: string | undefined, path: string, settings: MirrorSettings): string {
  const { server, fallback, tls } = settings;
  const others =
    existing === undefined ? [] : serversOf(existing, path).filter((url) => !isServer(url, server));
  const entry = [
    `[host.${tomlString(server)}]`,
    '  capabilities = ["pull", "resolve"]',
    ...connection(tls).map((line) => `  ${line}`),
  ];
  if (existing === undefined || others.length === 0) {
    // What holds for `server` stands above the tables.
    const last = fallback ? [] : [`server = ${tomlString(server)}`, ...connection(tls), ''];
    return [banner('containerd'), ...last, ...entry, ''].join('\n');
  }
  if (!fallback) {
    throw new MirrorError(
      `${path} also leads to ${others.join(', ')}, which a node without fallback must not ask; move that file away, or choose --fallback yes`,
    );
  }
  return inFront(existing, path, server, entry);
}

function connection(tls: MirrorSettings['tls']): readonly string[] {
  return [
    // Long enough for a lost first packet, which is sent again after a second.
    'dial_timeout = "3s"',
    ...(tls.ca === undefined ? [] : [`ca = ${tomlString(tls.ca)}`]),
    ...(tls.client === undefined
      ? []
      : [`client = [[${tomlString(tls.client.cert)}, ${tomlString(tls.client.key)}]]`]),
  ];
}

/** Everybody whom a file has containerd ask, in order. */
export function serversOf(text: string, path: string): readonly string[] {
  const { host, server } = parseToml(text, path);
  return [...(isTable(host) ? Object.keys(host) : []), ...(typeof server === 'string' ? [server] : [])];
}

/** Puts our table in front of the others, whose order is the order of asking. */
function inFront(text: string, path: string, server: ServerAddress, entry: readonly string[]): string {
  const first = tableHeaders(text).find(({ keys }) => keys[0] === 'host');
  const lines = text.split('\n');
  if (first === undefined) lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, '', ...entry);
  else lines.splice(first.line, 0, ...entry, '');
  const changed = lines.join('\n');
  const { host, ...rest } = reading(changed) ?? {};
  const { host: oldHost, ...oldRest } = parseToml(text, path);
  const [[firstHost] = [], ...behind] = isTable(host) ? Object.entries(host) : [];
  const oldHosts = isTable(oldHost) ? Object.entries(oldHost) : [];
  if (firstHost === server && isDeepStrictEqual(behind, oldHosts) && isDeepStrictEqual(rest, oldRest))
    return changed;
  throw new MirrorError(
    `${path} has servers that are written in a way that none can be put in front of; put this first by hand: ${entry.join(' ')}`,
  );
}
