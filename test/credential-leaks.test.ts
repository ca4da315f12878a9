// Credentials go nowhere they do not belong: not to other hosts, not into logs, errors or answers.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { issue, makeCa } from '../mock/certificates.ts';
import { startMock } from '../mock/index.ts';
import type { MockOptions, MockRegistry } from '../mock/index.ts';
import type { RegistryAuth } from '../src/config/registry-auth.ts';
import { createLog } from '../src/log/log.ts';
import type { LogFormat } from '../src/log/log.ts';
import { errorCodes, openFrontDoor, plainEntry, sha256, temporaryDirectory } from './front-door.ts';
import type { Answered, FrontDoor } from './front-door.ts';

const canary = 'canary-4711';
const auth = { user: 'robot', password: canary };
const encoded = Buffer.from(`${auth.user}:${canary}`).toString('base64');
const users = { [auth.user]: canary };
const path = '/v2/team/app/manifests/v1';

/** All that would give credentials away: the password, its Basic form, identity tokens, and tokens that were issued. */
function secretsSeenBy(other: MockRegistry, home: MockRegistry): readonly string[] {
  const issued = home.tokens?.issued ?? [];
  return [canary, encoded, ...issued].filter((secret) => other.log.mentioning(secret).length > 0);
}

/** The mock is home; `other` is on another port, and so another host, that an operator has allowed us to dial. */
async function twoHosts(mockOptions: MockOptions, login: RegistryAuth = auth) {
  const other = await startMock({ name: 'localhost' });
  const door = await openFrontDoor({}, mockOptions);
  await door.restart({
    registries: [plainEntry(door.mock.host, { auth: login }), plainEntry(other.listener.host)],
  });
  door.mock.addImage('team/app', 'v1');
  return { door, other };
}

const logins = {
  basic: { scheme: 'basic', username: auth.user, password: canary },
  bearer: { scheme: 'bearer', users },
} as const satisfies Record<string, MockOptions['auth']>;

describe('a hostile realm', () => {
  test.each(['/token', '/v2/', '/token?service=x', '//token'])(
    'on another host, at %s, sees nothing',
    async (at) => {
      await using other = await startMock({ name: 'localhost' });
      await using door = await openFrontDoor(
        {},
        { auth: { scheme: 'bearer', users, realm: `${other.url}${at}` } },
      );
      await door.restart({
        registries: [plainEntry(door.mock.host, { auth }), plainEntry(other.listener.host)],
      });
      door.mock.addImage('team/app', 'v1');
      const answer = await door.get(path);
      expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
      expect(answer.body.toString()).toContain(`add ${other.listener.host} to auth.realms`);
      expect(secretsSeenBy(other, door.mock)).toEqual([]);
      expect(other.log.authorizations().size).toBe(0);
    },
  );

  test('is asked without credentials where there are none', async () => {
    await using other = await startMock({ name: 'localhost' });
    other.on().always().status(200, { body: '{"token":"x"}' });
    await using door = await openFrontDoor(
      {},
      { auth: { scheme: 'bearer', users, realm: `${other.url}/token` } },
    );
    await door.restart({ registries: [plainEntry(door.mock.host), plainEntry(other.listener.host)] });
    expect((await door.get(path)).status).toBe(403);
    expect(other.count()).toBeGreaterThan(0);
    expect(other.log.authorizations().size).toBe(0);
  });

  test('with an identity token sees nothing', async () => {
    await using directory = await temporaryDirectory();
    const dockerConfig = join(directory.path, 'config.json');
    await using other = await startMock({ name: 'localhost' });
    const bearer = { scheme: 'bearer', users, realm: `${other.url}/token` } as const;
    await using door = await openFrontDoor({}, { auth: bearer });
    await writeFile(dockerConfig, JSON.stringify({ auths: { [door.mock.host]: { identitytoken: canary } } }));
    await door.restart({
      registries: [plainEntry(door.mock.host, { auth: { dockerConfig } }), plainEntry(other.listener.host)],
    });
    expect((await door.get(path)).status).toBe(403);
    expect([other.count(), secretsSeenBy(other, door.mock)]).toEqual([0, []]);
  });

  test('that the operator has named is shown the credentials', async () => {
    await using door = await openFrontDoor(
      {},
      { auth: { ...logins.bearer, listener: { name: 'localhost' } } },
    );
    const { host } = door.mock.tokenListener;
    const realms = [plainEntry(host).registry];
    await door.restart({ registries: [plainEntry(door.mock.host, { auth: { ...auth, realms } })] });
    door.mock.addImage('team/app', 'v1');
    expect((await door.get(path)).status).toBe(200);
  });

  test('without TLS, of a registry with TLS, is not asked at all', async () => {
    const ca = await makeCa();
    await using other = await startMock();
    const tls = await issue(ca, { names: ['127.0.0.1'] });
    await using door = await openFrontDoor(
      { entry: { scheme: 'https', auth, tls: { insecureSkipVerify: true } } },
      { tls, auth: { scheme: 'bearer', users, realm: `${other.url}/token` } },
    );
    expect((await door.get(path)).status).toBe(403);
    expect(other.count()).toBe(0);
  });
});

describe('a hostile redirect', () => {
  const cases = Object.entries(logins).flatMap(([name, login]) =>
    [301, 302, 303, 307, 308].map((status) => [name, status, login] as const),
  );

  test.each(cases)('to another host takes nothing along: %s, %i', async (_, status, login) => {
    const { door, other } = await twoHosts({ auth: login });
    await using _door = door;
    await using _other = other;
    const image = other.addImage('team/app', 'v1');
    const blob = other.addBlob('team/app', { size: 1000 });
    door.mock.on({ operation: ['manifestGet', 'blobGet'] }).redirectTo(({ url }) => other.url + url, status);
    const answers = [await door.get(path), await door.get(`/v2/team/app/blobs/${blob.digest}`)];
    expect(answers.map(({ body }) => sha256(body))).toEqual([image.digest, blob.digest]);
    expect(other.count()).toBeGreaterThanOrEqual(2);
    expect(secretsSeenBy(other, door.mock)).toEqual([]);
    expect(other.log.authorizations().size).toBe(0);
  });

  test.each(Object.entries(logins))('that leads home again brings nothing back: %s', async (_, login) => {
    const { door, other } = await twoHosts({ auth: login });
    await using _door = door;
    await using _other = other;
    const away = ({ url }: { url: string }): string => `${other.url}${url}?away=1`;
    door.mock.on({ operation: 'manifestGet', path: /v1$/ }).redirectTo(away);
    other.on().redirectTo(`${door.mock.url}${path}?home=1`);
    expect((await door.get(path)).status).toBe(403);
    const [home] = door.mock.log.find({ path: /home=1/ });
    expect([home?.status, home?.authorization]).toEqual([401, undefined]);
    expect(secretsSeenBy(other, door.mock)).toEqual([]);
  });

  test.each(Object.entries(logins))('to a challenge elsewhere is not answered: %s', async (_, login) => {
    const { door, other } = await twoHosts({ auth: login });
    await using _door = door;
    await using _other = other;
    const challenge = [`Basic realm="x"`, `Bearer realm="${other.url}/token"`];
    other
      .on()
      .always()
      .status(401, { headers: { 'WWW-Authenticate': challenge } });
    door.mock.on({ operation: 'manifestGet' }).redirectTo(({ url }) => other.url + url);
    expect((await door.get(path)).status).toBe(403);
    expect(other.count()).toBe(1);
    expect(other.log.authorizations().size).toBe(0);
  });

  test('of the token service is not followed', async () => {
    const { door, other } = await twoHosts({ auth: logins.bearer });
    await using _door = door;
    await using _other = other;
    door.mock.on({ operation: 'token' }).redirectTo(`${other.url}/token`);
    expect((await door.get(path)).status).toBe(502);
    expect(other.count()).toBe(0);
  });

  test('from TLS to none is not followed', async () => {
    const ca = await makeCa();
    await using other = await startMock();
    const tls = await issue(ca, { names: ['127.0.0.1'] });
    await using door = await openFrontDoor(
      { entry: { scheme: 'https', auth, tls: { insecureSkipVerify: true } } },
      { tls, auth: logins.basic },
    );
    door.mock.on({ operation: 'manifestGet' }).redirectTo(({ url }) => other.url + url);
    expect((await door.get(path)).status).toBe(403);
    expect(other.count()).toBe(0);
  });
});

test("a client's own Authorization is neither forwarded nor logged nor answered", async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', format: 'json', write: (line) => lines.push(line) });
  await using door = await openFrontDoor({ log });
  const image = door.mock.addImage('team/app', 'v1');
  const headers = {
    authorization: `Basic ${encoded}`,
    'proxy-authorization': `Bearer ${canary}`,
    cookie: canary,
  };
  const answers = [
    await door.get(path, headers),
    await door.head(path, headers),
    await door.get(`/v2/team/app/blobs/${image.layers[0]?.digest ?? ''}`, headers),
    await door.get('/v2/team/none/manifests/v1', headers),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404]);
  expect(door.mock.log.authorizations().size).toBe(0);
  expect([...leaksIn(lines, answers), ...secretsSeenBy(door.mock, door.mock)]).toEqual([]);
});

/** Where the canary, plain or encoded, shows. */
function leaksIn(lines: readonly string[], answers: readonly Answered[]): readonly string[] {
  const told = answers.map(({ headers, body }) => JSON.stringify(headers) + body.toString('latin1'));
  const secrets = [canary, 'wrong-4711', 'wrong 4711', encoded.slice(0, 16)];
  return [...lines, ...told].filter((text) => secrets.some((secret) => text.includes(secret)));
}

describe('a canary password is in no log at trace level, no error and no answer', () => {
  const weather: readonly (readonly [string, (door: FrontDoor) => unknown])[] = [
    ['fine', () => undefined],
    ['content that is not there', (door) => door.mock.store.deleteRepository('team/app')],
    ['the registry fails', (door) => door.mock.on({ operation: 'manifestGet' }).always().status(500)],
    ['the registry hangs up', (door) => door.mock.on({ denied: false, via: 'registry' }).always().hangUp()],
    ['the token service refuses', (door) => door.mock.on({ operation: 'token' }).always().status(401)],
    ['the token service fails', (door) => door.mock.on({ operation: 'token' }).always().status(500)],
    ['the token service is a portal', (door) => door.mock.on({ operation: 'token' }).always().html()],
    ['the token service hangs up', (door) => door.mock.on({ operation: 'token' }).always().reset()],
    [
      'the token service repeats what it was told',
      (door) =>
        door.mock
          .on({ operation: 'token' })
          .always()
          .status(403, { body: `${canary} ${encoded} is wrong` }),
    ],
    [
      'a URL with a user is redirected to',
      (door) =>
        door.mock
          .on({ operation: 'manifestGet' })
          .always()
          .redirectTo(`http://robot:${canary}@127.0.0.1:1/?sig=${canary}`),
    ],
    ['the upstream is gone', (door) => door.mock.stop()],
  ];
  const cases = (['json', 'text'] as const).flatMap((format) =>
    Object.entries(logins).flatMap(([name, login]) =>
      weather.map(([what, make]) => [what, name, format, login, make] as const),
    ),
  );

  test.each<
    readonly [string, string, LogFormat, NonNullable<MockOptions['auth']>, (door: FrontDoor) => unknown]
  >(cases)('%s (%s, %s)', async (_what, _name, format, login, make) => {
    const lines: string[] = [];
    const log = createLog({ level: 'trace', format, write: (line) => lines.push(line) });
    await using door = await openFrontDoor({ log, entry: { auth } }, { auth: login });
    const image = door.mock.addImage('team/app', 'v1');
    await make(door);
    const answers = [
      await door.get(path),
      await door.get(`/v2/team/app/manifests/${image.digest}`),
      await door.get(`/v2/team/app/blobs/${image.layers[0]?.digest ?? ''}`),
    ];
    await door.stop();
    expect(lines.length).toBeGreaterThan(0);
    expect(leaksIn(lines, answers)).toEqual([]);
  });

  test.each<[string, RegistryAuth]>([
    ['a wrong password', { user: 'robot', password: 'wrong-4711' }],
    ['a password in a missing file', { user: 'robot', password: { file: '/nowhere/password' } }],
    ['a token with a blank', { token: 'wrong 4711' }],
    ['a token that is wrong', { token: 'wrong-4711' }],
  ])('%s', async (_, login) => {
    const lines: string[] = [];
    const log = createLog({ level: 'trace', format: 'json', write: (line) => lines.push(line) });
    for (const [, scheme] of Object.entries(logins)) {
      await using door = await openFrontDoor({ log, entry: { auth: login } }, { auth: scheme });
      door.mock.addImage('team/app', 'v1');
      const answer = await door.get(path);
      expect(answer.status).toBe(403);
      expect(leaksIn(lines, [answer])).toEqual([]);
    }
  });
});
