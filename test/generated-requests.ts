// Requests for what a mock has, sound ones and hostile neighbours of each, as text for a socket.
import type { MockRegistry } from '../mock/index.ts';
import type { SeededRandom } from '../src/oci/seeded-random.ts';

/** What the clients call the servers: a request for it as a registry is a loop. */
export const OURSELVES = 'cache.test:5000';

/** What there is to ask for; the lists of names also have some that are not there. */
export interface Content {
  /** Every blob, and where it is. */
  readonly stored: readonly (readonly [repository: string, digest: string])[];
  readonly repositories: readonly [string, ...string[]];
  readonly references: readonly [string, ...string[]];
  readonly blobs: readonly [string, ...string[]];
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly headers: readonly string[];
}

const absent = `sha256:${'0'.repeat(64)}`;

export function fill(mock: MockRegistry): Content {
  const references: string[] = [];
  const stored: [string, string][] = [];
  const repositories = ['app', 'kept/deep/app', 'asked/app'] as const;
  for (const repository of repositories) {
    const images = [
      mock.addImage(repository, 'v1', { layers: [10, 0, 64 * 1024, 64 * 1024 + 1, 200_000] }),
      mock.addImage(repository, 'v2', { platforms: ['linux/amd64', 'linux/arm64'], layers: [100] }),
      mock.addImage(repository, 'latest', { mediaTypes: 'docker', algorithm: 'sha512', layers: [1024] }),
    ];
    for (const image of images) {
      references.push(image.digest, ...image.manifests.map(({ digest }) => digest));
      stored.push(...image.blobs.map(({ digest }): [string, string] => [repository, digest]));
    }
  }
  return {
    stored,
    repositories,
    references: ['v1', 'v2', 'latest', 'absent', absent, ...references],
    blobs: [absent, ...stored.map(([, digest]) => digest)],
  };
}

/** Requests that have an answer of each kind between them, whatever the seed. */
export function certainRequests({ stored: [blob] }: Content, host: string): readonly string[] {
  const [repository, digest] = blob ?? ['', ''];
  const get = { method: 'GET', version: 'HTTP/1.1', headers: [`Host: ${OURSELVES}`] };
  const ask = (rest: string): Request => ({ ...get, path: `/v2/${repository}/${rest}?ns=${host}` });
  return [
    ...withNeighbours(ask('manifests/v1'), host),
    ...withNeighbours(ask(`blobs/${digest}`), host),
    ...['manifests/v2', 'manifests/latest', 'manifests/absent', 'blobs/v1'].map((rest) => text(ask(rest))),
  ];
}

/** A request, most of the time for what is there, and its neighbours. */
export function generatedRequests(random: SeededRandom, content: Content, host: string): readonly string[] {
  const repository = random.pick(content.repositories);
  const what = random.pick([
    `manifests/${random.pick(content.references)}`,
    `blobs/${random.pick(content.blobs)}`,
  ]);
  const [path, ...named] = naming(random, `${repository}/${what}`, host);
  const method = random.pick(['GET', 'GET', 'HEAD']);
  return withNeighbours(
    { method, path, version: 'HTTP/1.1', headers: [`Host: ${OURSELVES}`, ...named] },
    host,
  );
}

/** A path, and headers where they name the registry. */
function naming(random: SeededRandom, rest: string, host: string): readonly [string, ...string[]] {
  return random.pick<readonly [string, ...string[]]>([
    [`/v2/${rest}?ns=${host}`],
    [`/v2/${host}/${rest}`],
    [`/v2/f/${host.replace(':', '__')}/${rest}`],
    [`/v2/${rest}`, `OCI-Namespace: ${host}`],
    [`/v2/${rest}`, `X-Registry: ${host}`],
    [`/v2/${rest}?ns=other.test`],
    [`/v2/${rest}`],
  ]);
}

/**
 * Requests that differ from one in as little as can be. Who has seen one of them must not think that it knows the
 * others.
 */
function withNeighbours(request: Request, host: string): readonly string[] {
  const { path, headers } = request;
  const others = headers.slice(1);
  const paths = [
    path.replace('app', 'APP'),
    path.replace('app/', 'app//'),
    path.replace('/app', '/x/../app'),
    path.replace('/app', '%2fapp'),
    path.replace('sha256:', 'sha256%3A'),
    path.replace('manifests', 'blobs'),
    path.replace('?', '?n=1&'),
    path.replace('?', '?ns=&'),
    `${path}&ns=other.test`,
    `${path}#x`,
    `${path}/`,
    `http://${host}${path}`,
    path.replace(/ns=.*/, `ns=${OURSELVES}`),
    path.replace(/ns=.*/, (ns) => ns.toUpperCase().replace('NS', 'ns')),
    path.slice(0, -1),
  ];
  const hosts = [
    [],
    ['Host: '],
    ['Host: a b'],
    ['Host: x'],
    [`Host: ${host}`],
    [`Host: ${host}`, `Host: ${OURSELVES}`],
    [`Host: ${OURSELVES}`, `Host: ${host}`],
  ];
  const more = [
    'Range: bytes=1-5',
    'Range: bytes=0-',
    'Range: bytes=5-1',
    'Range: bytes=0-1,4-5',
    `Range: ${'x'.repeat(5000)}`,
    `If-None-Match: "${absent}"`,
    'If-None-Match: *',
    `If-None-Match: ${'"a",'.repeat(2000)}`,
    'Via: 1.1 other',
    `Via: ${'1.1 a, '.repeat(20)}b`,
    'Via: ',
    'Accept: text/plain',
    'Accept-Encoding: gzip',
    'Authorization: Basic eDp5',
    'Content-Length: 0',
    'Expect: other',
    'X-Registry: ',
    'X-Registry: other.test',
    'OCI-Namespace: ',
    'OCI-Namespace: other.test',
    `OCI-Namespace: ${host}`,
  ];
  const all: readonly Request[] = [
    request,
    ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'get'].map((method) => ({ ...request, method })),
    { ...request, version: 'HTTP/1.0' },
    ...paths.map((other) => ({ ...request, path: other })),
    ...hosts.map((other) => ({ ...request, headers: [...other, ...others] })),
    ...more.map((header) => ({ ...request, headers: [...headers, header] })),
  ];
  return all.map(text);
}

function text({ method, path, version, headers }: Request): string {
  return [`${method} ${path} ${version}`, ...headers, 'Connection: close', '', ''].join('\r\n');
}
