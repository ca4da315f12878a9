import { describe, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import type { MockRegistry } from '../../mock/index.ts';
import { defaultConfig, defaultRegistryEntry } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { parseReference } from '../oci/reference.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import { createUpstreams } from './upstreams.ts';
import type { Upstreams, UpstreamsOptions } from './upstreams.ts';

const repository = parseRepositoryName('team/app');
const tag = parseReference('v1');

function open(config: Partial<Config>, options: Partial<UpstreamsOptions> = {}): Upstreams & AsyncDisposable {
  const upstreams = createUpstreams(
    { ...defaultConfig, ...config },
    {
      now: () => new Date(0),
      via: '1.1 test',
      env: {},
      files: {
        read: () => Promise.reject(new Error('none')),
        version: () => Promise.reject(new Error('none')),
      },
      readFile: () => '',
      ...options,
    },
  );
  return Object.assign(upstreams, { [Symbol.asyncDispose]: () => upstreams.close() });
}

const openTo = (mock: MockRegistry): ReturnType<typeof open> =>
  open({ registries: [{ ...defaultRegistryEntry(parseRegistryHost(mock.host)), scheme: 'http' }] });

describe('what upstream is like', () => {
  test('bytes, requests and limits are counted', async () => {
    await using mock = await startMock({ rateLimit: { limit: 100 } });
    await using upstreams = openTo(mock);
    const image = mock.addImage(repository, 'v1');
    const registry = parseRegistryHost(mock.host);
    await upstreams.get({ registry, repository }).manifestGet(repository, tag);
    const [status, ...others] = upstreams.status();
    expect(others).toEqual([]);
    expect(status).toMatchObject({
      registry,
      endpoint: `http://${mock.host}/`,
      state: 'closed',
      requests: 1,
      bytesFetched: image.size,
      rateLimit: { limit: 100, remaining: 99 },
    });
  });

  test('looking again and again whether a tag has moved takes no connection each time', async () => {
    await using mock = await startMock();
    await using upstreams = openTo(mock);
    const { digest } = mock.addImage(repository, 'v1');
    const upstream = upstreams.get({ registry: parseRegistryHost(mock.host), repository });
    for (let times = 0; times < 20; times += 1) {
      expect(await upstream.manifestHead(repository, tag)).toMatchObject({ digest });
    }
    // One may not yet be free again when it is asked for.
    expect(mock.connections.opened).toBeLessThanOrEqual(2);
    expect(mock.count()).toBe(20);
  });

  test('an endpoint that is dark says why', async () => {
    await using mock = await startMock();
    await using upstreams = openTo(mock);
    await mock.stop();
    const registry = parseRegistryHost(mock.host);
    const upstream = upstreams.get({ registry, repository });
    await expect(upstream.manifestGet(repository, tag)).rejects.toMatchObject({ failure: 'connect' });
    await expect(upstream.manifestGet(repository, tag)).rejects.toMatchObject({
      failure: 'dark',
      temporary: true,
    });
    expect(upstreams.status()).toMatchObject([
      { state: 'open', lastError: { reason: expect.stringContaining('ECONNREFUSED') as string } },
    ]);
  });

  test('a request that nobody answers is told from one that is slow', async () => {
    await using mock = await startMock();
    await using upstreams = openTo(mock);
    mock.addImage(repository, 'v1');
    const upstream = upstreams.get({ registry: parseRegistryHost(mock.host), repository });
    expect(upstream.unansweredMs()).toBe(0);
    const gate = mock.on({ operation: 'manifestGet' }).once().hold();
    const slow = upstream.manifestGet(repository, tag);
    await gate.reached;
    await expect.poll(() => upstream.unansweredMs()).toBeGreaterThan(0);
    await upstream.manifestHead(repository, tag);
    expect(upstream.unansweredMs()).toBe(0);
    gate.release();
    await slow;
    expect([upstream.unansweredMs(), upstream.busy]).toEqual([0, false]);
  });
});

test('of a configured token it is known when it ends, and nothing else of it', async () => {
  await using mock = await startMock();
  const expires = Date.parse('2026-03-01T12:00:00Z');
  const entry = { ...defaultRegistryEntry(parseRegistryHost(mock.host)), scheme: 'http' as const };
  await using upstreams = open({ registries: [{ ...entry, auth: { token: 'canary-4711', expires } }] });
  mock.addImage(repository, 'v1');
  await upstreams.get({ registry: entry.registry, repository }).manifestGet(repository, tag);
  const [status] = upstreams.status();
  expect(status?.tokenExpiry).toEqual({ earliest: new Date(expires), latest: new Date(expires) });
  expect(JSON.stringify(status)).not.toContain('canary');
});

test('what a registry does not have is no error of it, and what it refuses is', async () => {
  await using mock = await startMock();
  await using upstreams = openTo(mock);
  const upstream = upstreams.get({ registry: parseRegistryHost(mock.host), repository });
  const last = (): string | undefined => upstreams.status()[0]?.lastError?.reason;
  await expect(upstream.manifestGet(repository, tag)).rejects.toThrow('404');
  expect(last()).toBeUndefined();
  mock.on({}).once().status(403);
  await expect(upstream.manifestGet(repository, tag)).rejects.toThrow('403');
  expect(last()).toMatch(/^403/);
});

test('registries that clients invent are bounded, and those that are configured stay', async () => {
  await using mock = await startMock();
  const configured = parseRegistryHost(mock.host);
  await using upstreams = open(
    { registries: [defaultRegistryEntry(configured)] },
    { maxUnconfigured: 3, resolve: (_name, _options, callback) => callback(null, []) },
  );
  const kept = upstreams.get({ registry: configured, repository });
  const invented = Array.from({ length: 10 }, (_, index) => parseRegistryHost(`r${index}.test`));
  for (const registry of invented) upstreams.get({ registry, repository });
  expect(upstreams.status().map(({ registry }) => registry)).toEqual([configured, ...invented.slice(-3)]);
  expect(upstreams.get({ registry: configured, repository })).toBe(kept);
});

test('a reload keeps the upstreams that are reached as before, and no others', async () => {
  const [a, b, c] = ['a.test', 'b.test', 'c.test'].map(parseRegistryHost);
  if (a === undefined || b === undefined || c === undefined) throw new Error('no registry');
  const auth = { user: 'u', password: 'p' };
  const entries = [
    { ...defaultRegistryEntry(a), auth },
    { ...defaultRegistryEntry(b), endpoints: [{ url: 'https://a.test/', style: 'plain' as const }] },
  ];
  await using upstreams = open({ registries: entries });
  const upstreamOf = (registry: typeof a) => upstreams.get({ registry, repository });
  const before = [a, b, c].map(upstreamOf);
  const kept = (): readonly boolean[] =>
    [a, b, c].map((registry, index) => upstreamOf(registry) === before[index]);
  upstreams.reload({ ...defaultConfig, registries: structuredClone(entries).toReversed() });
  expect(kept()).toEqual([true, true, true]);
  upstreams.reload({
    ...defaultConfig,
    registries: [
      ...entries.map((entry) => ({ ...entry, description: 'x', revalidate: 'never' as const })),
      defaultRegistryEntry(c),
    ],
  });
  expect(kept()).toEqual([true, true, false]);
  // The credentials for a.test are those that hold at b.test's endpoint.
  const changed = entries.map((entry) =>
    'auth' in entry ? { ...entry, auth: { ...auth, password: 'q' } } : entry,
  );
  upstreams.reload({ ...defaultConfig, registries: changed });
  expect(kept()).toEqual([false, false, false]);
});
