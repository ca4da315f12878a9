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
      { state: 'open', lastError: expect.stringContaining('ECONNREFUSED') as string },
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
