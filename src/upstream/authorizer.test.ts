// What the front door cannot show quickly: waits, bounds, and what is refused by whom.
import { describe, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import type { MockRegistry } from '../../mock/index.ts';
import { createAuthorizer } from './authorizer.ts';
import type { Authorizer } from './authorizer.ts';
import { CredentialError } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { requestRegistry } from './request.ts';
import type { Login } from './login.ts';
import { ReceiveBuffers } from './receive-buffers.ts';
import type { CountedTransport } from './transport.ts';
import { createTransport } from './transport.ts';
import { systemTrust } from './tls.ts';

const repository = 'team/app';
const scope = `repository:${repository}:pull`;
const password = (text: string): Credentials => ({ kind: 'password', user: 'robot', password: text });
const trust = systemTrust();
const clock = { now: () => new Date() };

function openTransport(mock: MockRegistry): CountedTransport {
  return createTransport({
    ownHost: mock.host,
    isConfiguredHost: () => true,
    trust: () => trust,
    connectMs: 5000,
    headersMs: 5000,
    noProgressMs: 5000,
    buffers: new ReceiveBuffers(),
  });
}

/** A login whose credentials change, each to the next when it was refused. */
function rotating(...credentials: readonly Credentials[]): Login & { refusals: number } {
  const login = {
    refusals: 0,
    realms: [],
    source: {
      get: () => Promise.resolve(credentials[Math.min(login.refusals, credentials.length - 1)]),
      refused: () => {
        login.refusals += 1;
      },
    },
  };
  return login;
}

async function ask(
  mock: MockRegistry,
  transport: CountedTransport,
  authorizer: Authorizer,
  path = 'manifests/v1',
) {
  const url = new URL(`${mock.url}/v2/${repository}/${path}`);
  const exchange = { method: 'HEAD', url, headers: {} } as const;
  return requestRegistry(transport, authorizer, exchange, scope, 'manifests');
}

describe('credentials that were rotated', () => {
  test.each([
    ['basic', { scheme: 'basic', username: 'robot', password: 'new' }],
    ['bearer', { scheme: 'bearer', users: { robot: 'new' } }],
  ] as const)('are looked up again once when they are refused: %s', async (_, auth) => {
    await using mock = await startMock({ auth });
    mock.addImage(repository, 'v1');
    const transport = openTransport(mock);
    const good = rotating(password('old'), password('new'));
    const authorizer = createAuthorizer(transport, new URL(mock.url), good, clock);
    expect(await ask(mock, transport, authorizer)).toMatchObject({ status: 200, authenticated: true });
    expect(good.refusals).toBe(1);
    const bad = rotating(password('old'));
    const other = createAuthorizer(transport, new URL(mock.url), bad, clock);
    await expect(ask(mock, transport, other)).rejects.toMatchObject({ failure: 'status', status: 401 });
    expect(bad.refusals).toBe(1);
    await transport.close();
  });
});

test('a token service that never answers, or drips, is given up, for all who wait', async () => {
  await using mock = await startMock({ auth: { scheme: 'bearer' } });
  mock.addImage(repository, 'v1');
  const transport = openTransport(mock);
  const authorizer = createAuthorizer(transport, new URL(mock.url), undefined, {
    ...clock,
    tokenTimeoutMs: 200,
  });
  for (const misbehave of [
    () => mock.on({ operation: 'token' }).blackHole(),
    () => mock.on({ operation: 'token' }).throttle(10),
    () => mock.on({ operation: 'token' }).holdAt(5),
  ]) {
    mock.reset();
    misbehave();
    const asked = Array.from({ length: 5 }, () => ask(mock, transport, authorizer));
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { failure: 'timeout', message: expect.stringContaining('within 200 ms') as string },
      });
    }
    expect(mock.count({ operation: 'token' })).toBe(1);
    mock.behave();
  }
  expect((await ask(mock, transport, authorizer)).status).toBe(200);
  await transport.close();
});

test('a registry that is never content is asked a few times, and what it names is cut', async () => {
  await using mock = await startMock({ auth: { scheme: 'bearer' } });
  let asked = 0;
  for (const denied of [true, false]) {
    mock.on({ via: 'registry', denied }).reply(() => {
      asked += 1;
      const scopes = `${scope} repository:x${asked}:pull ${'repository:y:pull '.repeat(asked * 20)}`;
      const challenge = `Bearer realm="${mock.url}/token",scope="${scopes}",error="insufficient_scope"`;
      return { status: asked % 2 === 0 ? 401 : 403, headers: { 'WWW-Authenticate': challenge } };
    });
  }
  const transport = openTransport(mock);
  const authorizer = createAuthorizer(transport, new URL(mock.url), undefined, clock);
  const pulls = 20;
  for (let i = 0; i < pulls; i += 1)
    expect((await ask(mock, transport, authorizer, `manifests/no${i}`)).status).toBeOneOf([401, 403]);
  expect(mock.count({ via: 'registry' })).toBeLessThanOrEqual(4 * pulls);
  const urls = mock.log.find({ operation: 'token' }).map(({ url }) => url.length);
  expect(urls.length).toBeLessThanOrEqual(3 * pulls);
  expect(Math.max(...urls)).toBeLessThan(10_000);
  await transport.close();
});

test.each([
  ['for good', false, 'refused'],
  ['for now', true, 'timeout'],
])(
  'credentials that cannot be had %s are an error, once the registry has asked for them',
  async (_, temporary, failure) => {
    await using mock = await startMock({ auth: { scheme: 'basic', username: 'u', password: 'p' } });
    const transport = openTransport(mock);
    const get = () => Promise.reject(new CredentialError('the reason', { temporary }));
    const login: Login = { realms: [], source: { get, refused: () => undefined } };
    const authorizer = createAuthorizer(transport, new URL(mock.url), login, clock);
    await expect(ask(mock, transport, authorizer)).rejects.toMatchObject({
      failure,
      message: expect.stringContaining('no credentials to log in with: the reason') as string,
    });
    await using open = await startMock();
    open.addImage(repository, 'v1');
    expect(await ask(open, transport, authorizer)).toMatchObject({ status: 200, authenticated: false });
    await transport.close();
  },
);

test('the message of a refusal is the registry’s, also when nothing could be answered', async () => {
  await using mock = await startMock({ auth: { scheme: 'basic', username: 'u', password: 'p' } });
  const transport = openTransport(mock);
  const authorizer = createAuthorizer(transport, new URL(mock.url), undefined, clock);
  const url = new URL(`${mock.url}/v2/${repository}/manifests/v1`);
  const reply = await requestRegistry(
    transport,
    authorizer,
    { method: 'GET', url, headers: {} },
    scope,
    'manifests',
  );
  expect([reply.status, String(await reply.body.next())]).toEqual([
    401,
    expect.stringContaining('UNAUTHORIZED'),
  ]);
  expect(await reply.body.next()).toBeUndefined();
  await transport.close();
});
