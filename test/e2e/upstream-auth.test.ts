// A real registry behind TLS and every way to log in, pulled through by real clients; then it is gone, and all of it
// is pulled again. Also servers of ours behind each other.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Client } from './client.ts';
import { configFile, startConfigured } from './configured-server.ts';
import type { WrittenEntry } from './configured-server.ts';
import { containerdClients } from './containerd.ts';
import { curl } from './curl.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { Authority, SecuredRegistry } from './secured-registry.ts';
import { skopeoOfAll } from './skopeo.ts';
import { TokenIssuer } from './token-issuer.ts';

const content = inject('content');
const images = [content.app, content.tool];
const user = 'robot';
const canary = 'canary-4711-of-upstream-auth';
const fetching = containerdClients.filter(({ name }) => name === 'ctr content fetch');
const clients = [skopeoOfAll, ...fetching];

interface Guarded {
  readonly registry: SecuredRegistry;
  /** What the server needs to know of it, beyond its name. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Looked at when all was pulled. */
  readonly after?: () => void;
}

interface Guard {
  readonly name: string;
  /** A registry that opens to a password only, or to certificates. */
  readonly guard: (place: Place, authority: Authority, password: string) => Promise<Guarded>;
}

async function htpasswd(place: Place, authority: Authority): Promise<SecuredRegistry> {
  const path = join(await place.directory('htpasswd'), 'htpasswd');
  const { stdout } = await place.run('htpasswd', ['-nbB', user, canary]);
  await writeFile(path, stdout);
  return SecuredRegistry.start(place, content.storage, {
    authority,
    auth: { htpasswd: { realm: 'secured-registry', path } },
  });
}

const withPassword: readonly Guard[] = [
  {
    name: 'htpasswd, the password in the configuration',
    async guard(place, authority, password) {
      return { registry: await htpasswd(place, authority), entry: { auth: { user, password } } };
    },
  },
  {
    name: 'htpasswd, the password in a file',
    async guard(place, authority, password) {
      const file = join(await place.directory('secret'), 'password');
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      return { registry: await htpasswd(place, authority), entry: { auth: { user, password_file: file } } };
    },
  },
  {
    name: 'htpasswd, the password in a docker config.json',
    async guard(place, authority, password) {
      const registry = await htpasswd(place, authority);
      const file = join(await place.directory('docker'), 'config.json');
      const auth = Buffer.from(`${user}:${password}`).toString('base64');
      await writeFile(file, JSON.stringify({ auths: { [registry.host]: { auth } } }), { mode: 0o600 });
      return { registry, entry: { auth: { docker_config: file } } };
    },
  },
  {
    name: 'tokens',
    async guard(place, authority, password) {
      const certificate = await authority.issue('127.0.0.1');
      const bundle = join(await place.directory('tokens'), 'bundle.pem');
      await writeFile(bundle, certificate.cert);
      const tokens = await TokenIssuer.start({ certificate, user, password: canary });
      onTestFinished(() => tokens[Symbol.asyncDispose]());
      const auth = tokens.auth(bundle);
      return {
        registry: await SecuredRegistry.start(place, content.storage, { authority, auth }),
        entry: { auth: { user, password, realms: [tokens.host] } },
        after: () => expect(tokens.issued).toBeGreaterThan(0),
      };
    },
  },
];

const guards: readonly Guard[] = [
  {
    name: 'TLS',
    guard: async (place, authority) => ({
      registry: await SecuredRegistry.start(place, content.storage, { authority }),
      entry: {},
    }),
  },
  ...withPassword,
  {
    name: 'mutual TLS',
    guard: async (place, authority) => ({
      registry: await SecuredRegistry.start(place, content.storage, { authority, mutual: true }),
      entry: { tls: { ca: authority.file, ...(await authority.issueFiles('ociregistry', true)) } },
    }),
  },
];

function entryOf(authority: Authority, { registry, entry }: Guarded): WrittenEntry {
  return { name: registry.host, tls: { ca: authority.file }, ...entry };
}

async function pullAll(place: Place, client: Client, registry: string, server: OurServer): Promise<void> {
  for (const image of images) {
    const held = await client.pull(place, { registry, server: server.host }, image, content);
    expect(held, `${image.repository}:${image.tag}`).toEqual(client.expected(image));
  }
}

/** Where a secret shows: in texts, or in files below a directory. */
async function leaks(
  secret: string,
  texts: readonly string[],
  directory: string,
): Promise<readonly string[]> {
  const spelt = [secret, Buffer.from(`${user}:${secret}`).toString('base64')];
  const shows = (text: string): boolean => spelt.some((spelling) => text.includes(spelling));
  const found = texts.filter(shows);
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (shows(path) || (entry.isFile() && shows((await readFile(path)).toString('latin1')))) found.push(path);
  }
  return found;
}

const journeys = guards.flatMap((guard) =>
  clients.map((client) => [guard.name, client.name, guard, client] as const),
);

test.for(journeys)(
  '%s: %s pulls through, and again when the registry is gone',
  async ([, , guard, client], context) => {
    const place = await openPlace(context);
    const authority = await Authority.make(place);
    const guarded = await guard.guard(place, authority, canary);
    const { registry, after } = guarded;
    const server = await startConfigured(place, [entryOf(authority, guarded)]);
    await pullAll(place, client, registry.host, server);
    after?.();
    await registry.kill();
    await pullAll(place, client, registry.host, server);
    const url = `${server.url}/v2/${content.tool.repository}/manifests/none?ns=${registry.host}`;
    const answer = JSON.stringify(await curl(place, url));
    await server.stop();
    expect(server.output).toContain('"level":"debug"');
    expect(await leaks(canary, [answer, server.output], server.imagePath)).toEqual([]);
  },
);

test.for(withPassword)('$name, and it is wrong: 403, with what to configure', async ({ guard }, context) => {
  const place = await openPlace(context);
  const authority = await Authority.make(place);
  const wrong = 'wrong-4711-of-upstream-auth';
  const guarded = await guard(place, authority, wrong);
  const { host } = guarded.registry;
  const server = await startConfigured(place, [entryOf(authority, guarded)]);
  const { repository, tag } = content.tool;
  const answer = await curl(place, `${server.url}/v2/${repository}/manifests/${tag}?ns=${host}`);
  expect([answer.status, answer.body]).toEqual([403, expect.stringContaining('"DENIED"')]);
  expect(answer.body).toContain(host);
  expect(answer.body).toMatch(/credentials that are configured/);
  const name = `docker://${server.host}/${host.replace(':', '__')}/${repository}:${tag}`;
  const said = await place.run('skopeo', ['inspect', '--raw', '--tls-verify=false', name], { mayFail: true });
  expect(said.status).not.toBe(0);
  expect(said.stderr).toMatch(/denied/);
  await server.stop();
  const told = [JSON.stringify(answer), said.stderr, server.output];
  for (const secret of [wrong, canary]) expect(await leaks(secret, told, server.imagePath)).toEqual([]);
});

test('no password where one is wanted: 403, with what to configure', async (context) => {
  const place = await openPlace(context);
  const authority = await Authority.make(place);
  const registry = await htpasswd(place, authority);
  const server = await startConfigured(place, [{ name: registry.host, tls: { ca: authority.file } }]);
  const { repository, tag } = content.tool;
  const answer = await curl(place, `${server.url}/v2/${repository}/manifests/${tag}?ns=${registry.host}`);
  expect(answer.status).toBe(403);
  expect(answer.body).toContain(`set auth for ${registry.host} under registries`);
});

test.for(clients)(
  'a chain of two servers: $name pulls, as one after the other behind it is gone',
  async (client, context) => {
    const place = await openPlace(context);
    const authority = await Authority.make(place);
    const registry = await htpasswd(place, authority);
    const auth = { user, password: canary };
    const far = await startConfigured(place, [{ name: registry.host, tls: { ca: authority.file }, auth }]);
    const near = await startConfigured(place, [
      { name: registry.host, endpoints: [{ url: far.url, style: 'ns' }] },
    ]);
    await pullAll(place, client, registry.host, near);
    await registry.kill();
    await pullAll(place, client, registry.host, near);
    await far.kill();
    await pullAll(place, client, registry.host, near);
    for (const { imagePath, output } of [far, near])
      expect(await leaks(canary, [output], imagePath)).toEqual([]);
  },
);

test('a circle of two servers is an error at once', async (context) => {
  const place = await openPlace(context);
  const name = 'registry.test';
  const leadingTo = ({ url }: OurServer): WrittenEntry => ({ name, endpoints: [{ url, style: 'ns' }] });
  const one = await startConfigured(place, []);
  const other = await startConfigured(place, [leadingTo(one)]);
  await one.stop();
  await one.startAgain(['--config-path', await configFile(place, [leadingTo(other)])]);
  for (const path of ['team/app/manifests/v1', `team/app/blobs/sha256:${'0'.repeat(64)}`]) {
    const answer = await curl(place, `${one.url}/v2/${path}?ns=${name}`);
    expect([502, 503]).toContain(answer.status);
    expect(answer.body).toContain('in a circle');
  }
  // Only then is all of their logs here.
  for (const server of [one, other]) await server.stop();
  // Once from the client and once from the other, each time.
  expect(one.requests.filter(({ path }) => path.includes('team/app')).length).toBe(4);
  expect(other.requests.filter(({ path }) => path.includes('team/app')).length).toBe(2);
});
