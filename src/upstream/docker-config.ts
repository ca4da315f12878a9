// Docker's config.json: which credentials, or which helper that knows them, it has for a registry.
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Credentials, PasswordCredentials } from './credentials.ts';

export interface DockerConfig {
  /** Of `auths`: by registry, with what stands there. */
  readonly credentials: ReadonlyMap<RegistryHost, Credentials>;
  /** Of `credHelpers`: by registry, the helper and the name under which it is to be asked. */
  readonly helpers: ReadonlyMap<RegistryHost, DockerHelper>;
  /** `credsStore`: the helper for all others. */
  readonly store?: string;
}

export interface DockerHelper {
  /** What comes after `docker-credential-`. */
  readonly helper: string;
  readonly serverUrl: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What `docker login` calls Docker Hub. */
const dockerHubKey = 'https://index.docker.io/v1/';

/**
 * Reads a docker `config.json`; also what a `kubernetes.io/dockerconfigjson` secret holds.
 * Entries that make no sense are passed over, because the file is written for other programs too.
 * @throws {Error} when it is no such file; the message repeats nothing of it
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export function parseDockerConfig(text: string): DockerConfig {
  const config = parseObject(text);
  const auths = fields(config['auths']);
  const credHelpers = fields(config['credHelpers']);
  const credentials = new Map<RegistryHost, Credentials>();
  for (const [key, value] of Object.entries(auths ?? {})) {
    const host = registryOf(key);
    const found = credentialsOf(fields(value) ?? {});
    if (host !== undefined && found !== undefined && !credentials.has(host)) credentials.set(host, found);
  }
  const helpers = new Map<RegistryHost, DockerHelper>();
  for (const [key, helper] of Object.entries(credHelpers ?? {})) {
    const host = registryOf(key);
    if (host !== undefined && isHelperName(helper)) helpers.set(host, { helper, serverUrl: key });
  }
  const store = config['credsStore'];
  if (auths === undefined && credHelpers === undefined && store === undefined) {
    throw new Error('this is no docker config.json: it has neither auths nor credHelpers nor credsStore');
  }
  return { credentials, helpers, ...(isHelperName(store) && { store }) };
}

/** The helper that is asked for a registry, if one is. */
export function helperFor(config: DockerConfig, registry: RegistryHost): DockerHelper | undefined {
  const own = config.helpers.get(registry);
  if (own !== undefined || config.store === undefined) return own;
  return { helper: config.store, serverUrl: registry === 'docker.io' ? dockerHubKey : registry };
}

/** `ghcr.io`, `https://ghcr.io`, `https://ghcr.io/v1/`: one host. A key with another path means less than the host. */
function registryOf(key: string): RegistryHost | undefined {
  const [, host] = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/.exec(key) ?? [];
  try {
    return host === undefined ? undefined : parseRegistryHost(host);
  } catch {
    return undefined;
  }
}

/** The name becomes that of a program, so it must not lead anywhere else. */
function isHelperName(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name);
}

function credentialsOf(entry: Fields): Credentials | undefined {
  const password = decodedAuth(entry['auth']) ?? plainPassword(entry);
  const identity = filled(entry['identitytoken']);
  if (identity !== undefined) {
    return { kind: 'identity', token: identity, ...(password !== undefined && { otherwise: password }) };
  }
  const token = filled(entry['registrytoken']);
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? { kind: 'token', token } : password;
}

/** `auth` is Basic's `user:password` in base64. Docker pads some with NUL. */
function decodedAuth(auth: unknown): PasswordCredentials | undefined {
  const encoded = filled(auth);
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  const password = text.slice(colon + 1).replace(/\0+$/, '');
  return colon < 1 || password === ''
    ? undefined
    : { kind: 'password', user: text.slice(0, colon), password };
}

function plainPassword(entry: Fields): PasswordCredentials | undefined {
  const user = filled(entry['username']);
  const password = filled(entry['password']);
  return user === undefined || password === undefined ? undefined : { kind: 'password', user, password };
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // JSON.parse quotes what it could not read, and that may be a password.
    throw new Error('the file is not JSON');
  }
  const object = fields(value);
  if (object === undefined) throw new Error('the file is not a JSON object');
  return object;
}
