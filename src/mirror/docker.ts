// Points the docker daemon here: registry-mirrors in daemon.json, which is for docker.io alone.
import type { MirrorClient } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { serverCertificates } from './server-certificates.ts';
import { hostOf, isPlainHttp, isServer } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

export const docker: MirrorClient = {
  name: 'docker',
  directory: '/etc/docker',
  plan(settings, directory, files) {
    const { registries, fallback } = settings;
    const others = registries === 'all' ? [] : registries.filter((registry) => registry !== 'docker.io');
    if (others.length > 0) {
      throw new MirrorError(
        `docker mirrors docker.io alone, not ${others.join(', ')}; name images of those by this server: ${hostOf(settings.server)}/${others[0] ?? ''}/…`,
      );
    }
    if (!fallback) {
      throw new MirrorError(
        'docker asks docker.io itself when its mirror fails, and cannot be kept from it; leave out --fallback no',
      );
    }
    const path = `${directory}/daemon.json`;
    return {
      files: [
        { path, text: daemonJson(files.read(path), path, settings) },
        ...serverCertificates(settings, `${directory}/certs.d`, files),
      ],
      notes: [
        'docker mirrors docker.io alone, and does not say that it means it: the server needs --default-ns docker.io',
      ],
    };
  },
  daemon: 'dockerd',
  led(server, directory, files) {
    const path = `${directory}/daemon.json`;
    const text = files.read(path);
    const mirrors = text === undefined ? [] : list(parsed(text, path), 'registry-mirrors', path);
    return mirrors.some((url) => isServer(url, server)) ? [{ path, registry: 'docker.io' }] : [];
  },
  // It does not say whom it asked, and ends with what docker.io said.
  pulls: () => [],
  afterwards: (path) =>
    path.endsWith('/daemon.json') ? 'have docker read it: systemctl restart docker' : undefined,
};

/** Keeps what others wrote, in their order and with their indentation. */
function daemonJson(existing: string | undefined, path: string, { server }: MirrorSettings): string {
  const daemon = existing === undefined || existing.trim() === '' ? {} : parsed(existing, path);
  const mirrors = list(daemon, 'registry-mirrors', path).filter((url) => !isServer(url, server));
  const insecure = list(daemon, 'insecure-registries', path);
  const host = hostOf(server);
  const changed = {
    ...daemon,
    'registry-mirrors': [server, ...mirrors],
    ...(isPlainHttp(server) && { 'insecure-registries': [...new Set([...insecure, host])] }),
  };
  const indent = /^[ \t]+(?=")/m.exec(existing ?? '')?.[0] ?? '  ';
  return `${JSON.stringify(changed, null, indent)}\n`;
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new MirrorError(`${path}: ${(cause as Error).message}; mend it first`, { cause });
  }
  throw new MirrorError(`${path} is no object; mend it first`);
}

function list(daemon: Readonly<Record<string, unknown>>, key: string, path: string): readonly string[] {
  const { [key]: value = [] } = daemon;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new MirrorError(`${path}: ${key} is no list of texts; mend it first`);
}
