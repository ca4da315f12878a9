// What of a configuration is a mapping, as the file would say it, without its secrets.
import type { RegistryEntry, RegistryTls, Revalidation, ServerTls } from './config.ts';
import { formatDuration } from './duration.ts';
import type { RegistryAuth, SecretPlace } from './registry-auth.ts';

/** What stands for a secret; a valid one, so that what is shown can be read again. */
const maskedSecret = '********';

type Fields = Readonly<Record<string, unknown>>;

export function entryText(entry: RegistryEntry): Fields {
  const { timeouts = {} } = entry;
  const { connectMs, headerMs, noProgressMs } = timeouts;
  return without({
    name: entry.registry,
    path_prefix: entry.pathPrefix,
    description: entry.description,
    scheme: entry.scheme,
    auth: entry.auth && authText(entry.auth),
    tls: tlsText(entry.tls),
    revalidate: revalidationText(entry.revalidate),
    tags: filled(
      entry.tags.map(({ pattern, revalidate }) => ({ pattern, revalidate: revalidationText(revalidate) })),
    ),
    immutable_versions: entry.immutableVersions,
    complete: entry.complete,
    air_gapped: entry.airGapped,
    endpoints: entry.endpoints?.map(({ url, style }) => ({ url, style })),
    timeouts:
      entry.timeouts &&
      without({
        connect: connectMs && formatDuration(connectMs),
        header: headerMs && formatDuration(headerMs),
        no_progress: noProgressMs && formatDuration(noProgressMs),
      }),
    max_connections: entry.maxConnections,
  });
}

export function serverTlsText({ cert, key, ca, clientAuth }: ServerTls): Fields {
  return without({ cert, key, ca, client_auth: clientAuth });
}

function authText(auth: RegistryAuth): Fields {
  return without({ ...wayText(auth), realms: auth.realms });
}

function wayText(auth: RegistryAuth): Fields {
  if ('password' in auth) return { user: auth.user, ...placeText('password', auth.password) };
  if ('token' in auth) {
    const expires = auth.expires === undefined ? undefined : new Date(auth.expires).toISOString();
    return { ...placeText('token', auth.token), expires };
  }
  return 'dockerConfig' in auth ? { docker_config: auth.dockerConfig } : { ecr: auth.ecr };
}

function placeText(name: string, place: SecretPlace): Fields {
  if (typeof place === 'string') return { [name]: maskedSecret };
  return 'env' in place ? { [`${name}_from_env`]: place.env } : { [`${name}_file`]: place.file };
}

function tlsText({ ca, cert, key, insecureSkipVerify }: RegistryTls): Fields | undefined {
  const text = without({ ca, cert, key, insecure_skip_verify: insecureSkipVerify || undefined });
  return Object.keys(text).length === 0 ? undefined : text;
}

function revalidationText(revalidation: Revalidation): string {
  return typeof revalidation === 'number' ? formatDuration(revalidation) : revalidation;
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function without(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
