// The mock's authentication: Basic, bearer tokens, their end, and what is remembered of credentials.
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../src/oci/challenge.ts';
import { startMock, strangeSpellings } from './index.ts';
import type { MockOptions, MockRegistry } from './index.ts';

type Bearer = Extract<NonNullable<MockOptions['auth']>, { scheme: 'bearer' }>;

async function startBearer(options: Omit<Bearer, 'scheme'> = {}, rest: MockOptions = {}) {
  const mock = await startMock({ ...rest, auth: { scheme: 'bearer', ...options } });
  mock.addImage('team/app', 'v1');
  return mock;
}

const path = '/v2/team/app/manifests/v1';

async function ask(mock: MockRegistry, authorization?: string, target = path) {
  const response = await request(mock.url + target, {
    headers: authorization === undefined ? {} : { authorization },
  });
  await response.body.dump();
  const header = response.headers['www-authenticate'];
  return { status: response.statusCode, header, challenges: parseChallenges(header ?? []) };
}

async function token(url: string, init: { authorization?: string; form?: Record<string, string> } = {}) {
  const { authorization, form } = init;
  const response = await request(url, {
    method: form === undefined ? 'GET' : 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: form === undefined ? null : new URLSearchParams(form).toString(),
  });
  return { status: response.statusCode, json: (await response.body.json()) as Record<string, string> };
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const scope = 'scope=repository:team/app:pull';

test('basic', async () => {
  await using mock = await startMock({ auth: { scheme: 'basic', username: 'u', password: 'p:w' } });
  mock.addImage('team/app', 'v1');
  expect(await ask(mock)).toMatchObject({ status: 401, header: 'Basic realm="mock registry"' });
  expect((await ask(mock, basic('u:wrong'))).status).toBe(401);
  expect((await ask(mock, basic('u:p:w'))).status).toBe(200);
  expect(mock.log.authorizations()).toEqual(new Map([[mock.url, [basic('u:wrong'), basic('u:p:w')]]]));
  expect(mock.log.mentioning('p:w').length).toBe(1);
});

describe('bearer', () => {
  test('challenge, token, content', async () => {
    await using mock = await startBearer();
    const { challenges } = await ask(mock);
    expect(challenges).toEqual([
      {
        scheme: 'bearer',
        params: { realm: `${mock.url}/token`, service: 'mock-registry', scope: scope.slice(6) },
      },
    ]);
    const { json } = await token(`${mock.url}/token?service=mock-registry&${scope}`);
    expect(json).toMatchObject({ token: expect.any(String) as string, expires_in: 300 });
    expect((await ask(mock, `Bearer ${json['token']}`)).status).toBe(200);
    expect(await ask(mock, 'Bearer nonsense')).toMatchObject({
      status: 401,
      challenges: [{ params: { error: 'invalid_token' } }],
    });
    expect(mock.tokens?.issued).toEqual([json['token']]);
  });

  test.each<[string, Omit<Bearer, 'scheme'>, readonly string[]]>([
    ['token', {}, ['token', 'expires_in', 'issued_at']],
    ['access_token', { field: 'access_token', expiresIn: 'missing' }, ['access_token', 'issued_at']],
    ['both', { field: 'both', issuedAt: false }, ['token', 'access_token', 'expires_in']],
  ])('fields: %s', async (_, options, fields) => {
    await using mock = await startBearer(options);
    expect(Object.keys((await token(`${mock.url}/token?${scope}`)).json)).toEqual(fields);
  });

  test('tokens end by time, by use, and by revocation', async () => {
    let now = 1_000_000;
    await using mock = await startBearer({ uses: 2, expiresIn: 30 }, { clock: () => now });
    const statuses = async (count: number) => {
      const { json } = await token(`${mock.url}/token?${scope}`);
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push((await ask(mock, `Bearer ${json['token']}`)).status);
      return { all, again: () => ask(mock, `Bearer ${json['token']}`) };
    };
    expect((await statuses(3)).all).toEqual([200, 200, 401]);
    const timed = await statuses(1);
    now += 30_000;
    expect((await timed.again()).status).toBe(401);
    const revoked = await statuses(1);
    mock.tokens?.revokeAll();
    expect((await revoked.again()).status).toBe(401);
  });

  test('a token is good for its scope only', async () => {
    await using mock = await startBearer({ extraScope: 'repository:team/base:pull' });
    const short = await token(`${mock.url}/token?${scope}`);
    const refused = await ask(mock, `Bearer ${short.json['token']}`);
    expect(refused.challenges[0]?.params).toMatchObject({
      error: 'insufficient_scope',
      scope: 'repository:team/app:pull repository:team/base:pull',
    });
    const long = await token(`${mock.url}/token?${scope}&scope=repository:team/base:pull`);
    expect((await ask(mock, `Bearer ${long.json['token']}`)).status).toBe(200);
    const catalog = await ask(mock, undefined, '/v2/_catalog');
    expect(catalog.challenges[0]?.params['scope']).toBe('registry:catalog:*');
    expect((await ask(mock, `Bearer ${short.json['token']}`, '/v2/')).status).toBe(200);
  });

  test('users, identity tokens, and who may pull', async () => {
    await using mock = await startBearer({
      users: { ann: 'secret' },
      refreshTokens: { given: 'ann' },
      mayPull: (user, repository) => user === 'ann' && repository === 'team/app',
    });
    const url = `${mock.url}/token`;
    expect((await token(`${url}?${scope}`)).status).toBe(401);
    expect((await token(`${url}?${scope}`, { authorization: basic('ann:wrong') })).status).toBe(401);
    const query = await token(`${url}?offline_token=true&${scope}`, { authorization: basic('ann:secret') });
    const common = { service: 'mock-registry', scope: 'repository:team/app:pull' };
    const forms = [
      { grant_type: 'refresh_token', refresh_token: 'given' },
      { grant_type: 'refresh_token', refresh_token: query.json['refresh_token'] ?? '' },
      { grant_type: 'password', username: 'ann', password: 'secret' },
    ];
    for (const form of forms) {
      const { status, json } = await token(url, { form: { ...common, ...form } });
      expect([status, (await ask(mock, `Bearer ${json['token']}`)).status]).toEqual([200, 200]);
    }
    const denied = await token(url, {
      form: { ...common, grant_type: 'refresh_token', refresh_token: 'made up' },
    });
    expect(denied.status).toBe(401);
    const other = await ask(mock, `Bearer ${query.json['token']}`, '/v2/team/other/tags/list');
    expect(other.challenges[0]?.params['error']).toBe('insufficient_scope');
    expect(mock.log.mentioning('made up').map(({ operation }) => operation)).toEqual(['token']);
    expect(mock.log.mentioning('ann:secret').length).toBe(1);
  });

  test('a token service of its own', async () => {
    await using mock = await startBearer({ listener: { name: 'localhost' } });
    const realm = (await ask(mock)).challenges[0]?.params['realm'] ?? '';
    expect(realm).toBe(`http://localhost:${mock.tokenListener.port}/token`);
    expect(mock.tokenListener.port).not.toBe(mock.port);
    const { json } = await token(realm.replace('localhost', '127.0.0.1') + `?${scope}`);
    expect((await ask(mock, `Bearer ${json['token']}`)).status).toBe(200);
    expect((await token(`${mock.url}/token?${scope}`)).status).toBe(404);
    await mock.tokenListener.stop();
    expect((await ask(mock, `Bearer ${json['token']}`)).status).toBe(200);
  });

  test('a rule leaves refused requests alone, unless it asks for them', async () => {
    await using mock = await startBearer();
    mock.on({ operation: 'manifestGet' }).once().status(500);
    mock.on({ operation: 'token' }).once().status(503);
    expect((await ask(mock)).status).toBe(401);
    expect((await token(`${mock.url}/token?${scope}`)).status).toBe(503);
    const { json } = await token(`${mock.url}/token?${scope}`);
    expect((await ask(mock, `Bearer ${json['token']}`)).status).toBe(500);
    mock.on({ denied: true }).status(403);
    expect((await ask(mock)).status).toBe(403);
    expect([mock.count({ denied: true }), mock.count({ via: 'token' })]).toEqual([2, 2]);
  });

  test.each(Object.keys(strangeSpellings))('challenge spelled strangely: %s', async (name) => {
    const spelling = strangeSpellings[name as keyof typeof strangeSpellings];
    await using mock = await startBearer({ spelling });
    const { challenges } = await ask(mock);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    expect(bearer?.params).toMatchObject({
      realm: `${mock.url}/token`,
      service: 'mock-registry',
      ...(name !== 'withoutScope' && { scope: 'repository:team/app:pull' }),
    });
  });
});
