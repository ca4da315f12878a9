// Logging in to upstreams through the front door: Basic, Bearer in all its spellings, tokens that end, secrets that change.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startMock, strangeSpellings } from '../mock/index.ts';
import type { MockOptions } from '../mock/index.ts';
import type { RegistryAuth } from '../src/config/registry-auth.ts';
import {
  errorCodes,
  errorMessage,
  openFrontDoor,
  plainEntry,
  sha256,
  temporaryDirectory,
} from './front-door.ts';
import type { FrontDoor, FrontDoorOptions } from './front-door.ts';

type Bearer = Extract<NonNullable<MockOptions['auth']>, { scheme: 'bearer' }>;

const auth = { user: 'robot', password: 'canary-4711' };
const users = { [auth.user]: auth.password };
const path = '/v2/team/app/manifests/v1';
/** Nothing is fetched but what a client asks for, so that requests can be counted. */
const alone = { complete: false };

/** Our server logs in to a mock with bearer tokens; both go by the same clock. */
async function openBearer(
  bearer: Omit<Bearer, 'scheme'> = {},
  options: FrontDoorOptions & { readonly login?: RegistryAuth } = {},
) {
  const time = { ms: Date.UTC(2026, 0, 1) };
  const { login, ...rest } = options;
  const door = await openFrontDoor(
    { clock: () => new Date(time.ms), config: alone, ...(login && { entry: { auth: login } }), ...rest },
    { auth: { scheme: 'bearer', ...bearer }, clock: () => time.ms },
  );
  door.mock.addImage('team/app', 'v1');
  return { door, time };
}

const tokens = (door: FrontDoor): number => door.mock.count({ operation: 'token' });
const denials = (door: FrontDoor): number => door.mock.count({ denied: true });

describe('basic', () => {
  const basic = { auth: { scheme: 'basic', username: auth.user, password: auth.password } } as const;

  test('is shown once the registry has asked for it, and then from the start', async () => {
    await using door = await openFrontDoor({ config: alone, entry: { auth } }, basic);
    const blob = door.mock.addBlob('team/app', { size: 1000 });
    door.mock.addImage('team/app', 'v1');
    expect((await door.get(path)).status).toBe(200);
    expect((await door.get(`/v2/team/app/blobs/${blob.digest}`)).status).toBe(200);
    expect(denials(door)).toBe(1);
  });

  test.each<[string, RegistryAuth | undefined, number, string]>([
    ['wrong', { user: 'robot', password: 'wrong-4711' }, 2, 'refused the credentials that are configured'],
    ['missing', undefined, 1, 'set auth for'],
  ])('that is %s is 403, with what to do', async (_, login, asked, message) => {
    await using door = await openFrontDoor(
      { config: alone, ...(login && { entry: { auth: login } }) },
      basic,
    );
    door.mock.addImage('team/app', 'v1');
    const answer = await door.get(path);
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(errorMessage(answer)).toContain(message);
    expect(errorMessage(answer)).toContain(door.mock.host);
    expect(errorMessage(answer)).not.toContain('4711');
    expect(door.mock.count()).toBe(asked);
  });

  test('a password file that is rotated is read again', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'password');
    await writeFile(file, 'old one\n');
    const login = { user: auth.user, password: { file } };
    await using door = await openFrontDoor({ entry: { auth: login } }, basic);
    door.mock.addImage('team/app', 'v1');
    expect((await door.get(path)).status).toBe(403);
    await writeFile(file, `${auth.password}\n`);
    expect((await door.get(path)).status).toBe(200);
  });

  test('a password from the environment', async () => {
    const login = { user: auth.user, password: { env: 'REGISTRY_PASSWORD' } };
    const options = { entry: { auth: login }, environment: { REGISTRY_PASSWORD: auth.password } };
    await using door = await openFrontDoor(options, basic);
    door.mock.addImage('team/app', 'v1');
    expect((await door.get(path)).status).toBe(200);
    await door.restart({
      registries: [plainEntry(door.mock.host, { auth: { ...login, password: { env: 'NO' } } })],
    });
    door.mock.addImage('team/app', 'v2');
    const answer = await door.get('/v2/team/app/manifests/v2');
    expect([answer.status, errorMessage(answer)]).toEqual([
      403,
      expect.stringContaining('variable NO is not set'),
    ]);
  });
});

describe('bearer', () => {
  test.each(Object.keys(strangeSpellings))('a challenge that is spelled strangely: %s', async (name) => {
    const spelling = strangeSpellings[name as keyof typeof strangeSpellings];
    const { door } = await openBearer({ users, spelling }, { login: auth });
    await using _door = door;
    expect((await door.get(path)).status).toBe(200);
    expect(tokens(door)).toBe(1);
  });

  test.each<[string, Omit<Bearer, 'scheme'>]>([
    ['token', { field: 'token' }],
    ['access_token', { field: 'access_token' }],
    ['both', { field: 'both', issuedAt: false }],
  ])('the token in the field %s', async (_, options) => {
    const { door } = await openBearer(options);
    await using _door = door;
    expect((await door.get(path)).status).toBe(200);
  });

  test.each<[string, Omit<Bearer, 'scheme'>, number]>([
    ['expires_in 300', { expiresIn: 300 }, 290_000],
    ['no expires_in, which means 60', { expiresIn: 'missing' }, 50_000],
    ['expires_in 20, of which a quarter is kept', { expiresIn: 20 }, 15_000],
  ])('a token is renewed before it expires: %s', async (_, options, stale) => {
    const { door, time } = await openBearer(options);
    await using _door = door;
    await door.get(path);
    time.ms += stale - 1;
    await door.get(path);
    expect([tokens(door), denials(door)]).toEqual([1, 1]);
    time.ms += 1;
    await door.get(path);
    expect([tokens(door), denials(door)]).toEqual([2, 1]);
  });

  test('a token that is revoked, or lives shorter than it said, is replaced', async () => {
    const { door, time } = await openBearer({ expiresIn: 3600, lifetime: 30 });
    await using _door = door;
    await door.get(path);
    door.mock.tokens?.revokeAll();
    expect((await door.get(path)).headers['warning']).toBeUndefined();
    time.ms += 31_000;
    expect((await door.get(path)).headers['warning']).toBeUndefined();
    expect([tokens(door), denials(door)]).toEqual([3, 3]);
  });

  test.each([-3_600_000, 3_600_000, -86_400_000 * 365])('a clock that jumps by %i ms', async (jump) => {
    const { door, time } = await openBearer({ lifetime: 86_400 * 1000 });
    await using _door = door;
    await door.get(path);
    time.ms += jump;
    expect((await door.get(path)).headers['warning']).toBeUndefined();
    expect((await door.get(path)).headers['warning']).toBeUndefined();
    expect(tokens(door)).toBe(2);
  });

  test('fifty cold pulls of one repository ask for one token, and so do fifty renewals', async () => {
    const { door, time } = await openBearer({ users }, { login: auth });
    await using _door = door;
    const pull = async (): Promise<void> => {
      const blobs = Array.from({ length: 50 }, () => door.mock.addBlob('team/app', { size: 100 }));
      const answers = await Promise.all(blobs.map(({ digest }) => door.get(`/v2/team/app/blobs/${digest}`)));
      expect(answers.map(({ body }) => sha256(body))).toEqual(blobs.map(({ digest }) => digest));
    };
    await pull();
    expect(tokens(door)).toBe(1);
    time.ms += 3_600_000;
    await pull();
    expect(tokens(door)).toBe(2);
    door.mock.tokens?.revokeAll();
    await pull();
    expect(tokens(door)).toBe(3);
  });

  test('each repository has a token of its own', async () => {
    const { door } = await openBearer();
    await using _door = door;
    door.mock.addImage('team/other', 'v1');
    await door.get(path);
    await door.get('/v2/team/other/manifests/v1');
    await door.get(path);
    expect(tokens(door)).toBe(2);
  });

  test('a token that ends in mid-blob: the download resumes with a new one, and the client sees nothing', async () => {
    const { door } = await openBearer({ users, uses: 1 }, { login: auth });
    await using _door = door;
    const blob = door.mock.addBlob('team/app', { size: 1_000_000 });
    door.mock.on({ operation: 'blobGet' }).once().resetAt(300_000);
    door.mock.on({ operation: 'blobGet' }).once().resetAt(700_000);
    const answer = await door.get(`/v2/team/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
    expect(tokens(door)).toBe(3);
    // What a reset finds unread in the socket may be lost, and is sent again.
    const sent = door.mock.bytesSent({ operation: 'blobGet', denied: false });
    expect(sent).toBeLessThanOrEqual(1_000_000 + 2 * 65_536);
  });

  test('insufficient_scope: once more with the scope it names, which is remembered', async () => {
    const { door, time } = await openBearer({ extraScope: 'repository:team/base:pull' });
    await using _door = door;
    expect((await door.get(path)).status).toBe(200);
    expect([tokens(door), denials(door)]).toEqual([2, 2]);
    time.ms += 3_600_000;
    expect((await door.get(path)).headers['warning']).toBeUndefined();
    expect([tokens(door), denials(door)]).toEqual([3, 2]);
  });

  test('a repository that the credentials do not open is 403, without asking for ever', async () => {
    const { door } = await openBearer({ users, mayPull: () => false }, { login: auth });
    await using _door = door;
    const answer = await door.get(path);
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(errorMessage(answer)).toContain('do not open this repository, if there is one');
    expect([tokens(door), door.mock.count({ repository: 'team/app' })]).toEqual([1, 2]);
  });

  test('a token service on a port of its own', async () => {
    const { door } = await openBearer({ users, listener: {} }, { login: auth });
    await using _door = door;
    await door.restart({
      registries: [plainEntry(door.mock.host, { auth }), plainEntry(door.mock.tokenListener.host)],
    });
    expect((await door.get(path)).status).toBe(200);
    expect(door.mock.log.authorizations().get(door.mock.tokenListener.origin)).toHaveLength(1);
  });
});

describe('a token service that', () => {
  test.each<[string, (door: FrontDoor) => unknown, number, RegExp]>([
    ['is down', (door) => on(door).status(503), 503, /token service answered 503/],
    ['is limited', (door) => on(door).tooManyRequests(0), 503, /429/],
    ['does not know itself', (door) => on(door).status(404), 502, /token service answered 404/],
    ['redirects', (door) => on(door).redirectTo('http://elsewhere.test/'), 502, /token service answered 307/],
    ['is a captive portal', (door) => on(door).html(), 502, /did not answer JSON/],
    ['sends half', (door) => on(door).bytes('{"token":"abc'), 502, /did not answer JSON/],
    ['sends null', (door) => on(door).bytes('null'), 502, /no usable token/],
    ['sends a list', (door) => on(door).bytes('[]'), 502, /no usable token/],
    ['sends an empty token', (door) => on(door).bytes('{"token":""}'), 502, /no usable token/],
    ['sends a number', (door) => on(door).bytes('{"token":7}'), 502, /no usable token/],
    ['sends line breaks', (door) => on(door).bytes('{"token":"a\\r\\nX: b"}'), 502, /no usable token/],
    ['sends a huge token', (door) => on(door).bytes(`{"token":"${'x'.repeat(20_000)}"}`), 502, /no usable/],
    ['sends too much', (door) => on(door).bytes(Buffer.alloc(1_000_000, ' ')), 502, /longer than/],
    ['breaks off', (door) => on(door).truncateAt(5), 502, /broke|closed|early/i],
    ['refuses', (door) => on(door).status(401), 403, /refused the credentials that are configured/],
  ])('%s is a clear error, and asked again later', async (_, misbehave, status, message) => {
    const { door } = await openBearer({ users }, { login: auth });
    await using _door = door;
    misbehave(door);
    const answer = await door.get(path);
    expect([answer.status, errorMessage(answer)]).toEqual([status, expect.stringMatching(message)]);
    expect(errorMessage(answer)).not.toContain('4711');
    door.mock.behave();
    expect((await door.get(path)).status).toBe(200);
  });

  const on = (door: FrontDoor) => door.mock.on({ operation: 'token' }).always();

  test('fails in mid-blob once does not end the download', async () => {
    const { door } = await openBearer({ users, uses: 1 }, { login: auth });
    await using _door = door;
    const blob = door.mock.addBlob('team/app', { size: 1_000_000 });
    door.mock.on({ operation: 'blobGet' }).once().resetAt(300_000);
    door.mock.on({ operation: 'token' }).nth(2).status(503);
    const answer = await door.get(`/v2/team/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
  });
});

describe('identity tokens', () => {
  const refreshTokens = { 'identity-4711': auth.user };

  async function dockerConfig(directory: string, entry: object, host: string): Promise<void> {
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [host]: entry } }));
  }

  test.each<[string, object, boolean, number]>([
    ['by POST', { identitytoken: 'identity-4711' }, true, 200],
    [
      'where the token service knows no POST, with the password beside it',
      { identitytoken: 'identity-4711', username: auth.user, password: auth.password },
      false,
      200,
    ],
    ['where the token service knows no POST, alone', { identitytoken: 'identity-4711' }, false, 502],
    ['that is wrong', { identitytoken: 'wrong-4711' }, true, 403],
  ])('%s', async (_, entry, post, status) => {
    await using directory = await temporaryDirectory();
    const login = { dockerConfig: join(directory.path, 'config.json') };
    const { door } = await openBearer({ users, refreshTokens }, { login });
    await using _door = door;
    await dockerConfig(directory.path, entry, door.mock.host);
    if (!post) door.mock.on({ operation: 'token', method: 'POST' }).always().status(405);
    const answer = await door.get(path);
    expect(answer.status).toBe(status);
    expect(door.mock.log.mentioning('4711').every(({ operation }) => operation === 'token')).toBe(true);
    if (status !== 200) expect(errorMessage(answer)).not.toContain('4711');
  });
});

describe('a static token', () => {
  test('opens what it opens, until it expires', async () => {
    const { door, time } = await openBearer({ users, lifetime: 86_400 });
    await using _door = door;
    const scope = 'repository:team/app:pull';
    const { body } = await request(`${door.mock.url}/token?scope=${scope}`, {
      headers: { authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}` },
    });
    const { token } = (await body.json()) as { token: string };
    const expires = time.ms + 60_000;
    await door.restart({ registries: [plainEntry(door.mock.host, { auth: { token, expires } })] });
    expect((await door.get(path)).status).toBe(200);
    expect(tokens(door)).toBe(1);
    time.ms = expires;
    door.mock.addImage('team/app', 'v2');
    const answer = await door.get('/v2/team/app/manifests/v2');
    expect([answer.status, errorMessage(answer)]).toEqual([
      403,
      expect.stringContaining('the token expired at'),
    ]);
    expect((await door.get(path)).status).toBe(200);
  });
});

test('Amazon ECR: the password of its API is shown to its registry', async () => {
  await using fake = await startMock();
  const authorizationToken = Buffer.from(`AWS:${auth.password}`).toString('base64');
  const body = JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt: 4e9 }] });
  fake
    .on()
    .always()
    .status(200, { body, headers: { 'Content-Type': 'application/x-amz-json-1.1' } });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  onTestFinished(() => void vi.unstubAllEnvs());
  const login = { ecr: { region: 'eu-central-1', endpoint: fake.url } };
  await using door = await openFrontDoor(
    { entry: { auth: login } },
    { auth: { scheme: 'basic', username: 'AWS', password: auth.password } },
  );
  door.mock.addImage('team/app', 'v1');
  door.mock.addImage('team/app', 'v2');
  expect((await door.get(path)).status).toBe(200);
  expect((await door.get('/v2/team/app/manifests/v2')).status).toBe(200);
  expect(fake.count()).toBe(1);
});

describe('what was obtained', () => {
  test.each<[string, Omit<Bearer, 'scheme'>, RegistryAuth | undefined, number]>([
    ['with an anonymous token is public', {}, undefined, 200],
    ['with a token for credentials is not', { users }, auth, 404],
    ['with a token for credentials that nobody needed is not', { users, anonymous: true }, auth, 404],
  ])('%s', async (_, bearer, login, status) => {
    const { door } = await openBearer(bearer, login && { login });
    await using _door = door;
    await using dark = await startMock();
    const blob = door.mock.addBlob('team/app', { size: 100 });
    await door.get(`/v2/team/app/blobs/${blob.digest}`);
    await door.restart({ registries: [plainEntry(door.mock.host), plainEntry(dark.host)] });
    await dark.stop();
    expect((await door.raw(`/v2/${dark.host}/any/app/blobs/${blob.digest}`)).status).toBe(status);
  });
});
