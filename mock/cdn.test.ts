// The mock's CDN and rate limit.
import { request } from 'undici';
import { expect, test } from 'vitest';
import { startMock } from './index.ts';
import type { MockOptions } from './index.ts';

async function startCdn(cdn: MockOptions['cdn'], clock = Date.now) {
  const mock = await startMock({ cdn: cdn ?? true, clock });
  const blob = mock.addBlob('app', { size: 1000 });
  return {
    mock,
    blob,
    url: `${mock.url}/v2/app/blobs/${blob.digest}`,
    [Symbol.asyncDispose]: () => mock.stop(),
  };
}

async function get(url: string, method: 'GET' | 'HEAD' = 'GET', headers: Record<string, string> = {}) {
  const response = await request(url, { method, headers });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, location: String(response.headers['location']), bytes };
}

test('blobs are redirected to a signed URL of another port; manifests are not', async () => {
  await using server = await startCdn(true);
  const { mock, blob } = server;
  mock.addImage('app', 'v1');
  expect((await get(`${mock.url}/v2/app/manifests/v1`)).status).toBe(200);
  const { status, location } = await get(server.url);
  expect(status).toBe(307);
  expect(new URL(location).origin).toBe(mock.cdnListener.origin);
  expect((await get(location)).bytes.equals(blob.bytes())).toBe(true);
  const part = await get(location, 'GET', { Range: 'bytes=10-19' });
  expect(part.bytes.equals(blob.bytes().subarray(10, 20))).toBe(true);
  expect((await get(location.replace(/signature=\w/, 'signature=_'))).status).toBe(403);
  expect((await get(location, 'GET', { Authorization: 'Bearer x' })).status).toBe(400);
  expect((await get(location.replace('/cdn/app', '/v2/app'))).status).toBe(404);
  expect((await get(server.url.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')))).status).toBe(404);
  expect(mock.count({ via: 'cdn', digest: blob.digest })).toBe(4);
  expect(mock.bytesSent({ via: 'cdn', range: true })).toBe(10);
  expect([...mock.log.authorizations().keys()]).toEqual([mock.cdnListener.origin]);
});

test('signatures end by use, by time, and at once', async () => {
  let now = 0;
  await using server = await startCdn({ uses: 1, lifetime: 60 }, () => now);
  const used = (await get(server.url)).location;
  expect([(await get(used)).status, (await get(used)).status]).toEqual([200, 403]);
  const late = (await get(server.url)).location;
  now += 60_000;
  expect((await get(late)).status).toBe(403);
  const early = (await get(server.url)).location;
  server.mock.cdn?.expireAll();
  expect((await get(early)).status).toBe(403);
});

test('HEAD refused, hops, one port, another status', async () => {
  await using server = await startCdn({ refuseHead: true, hops: 2, listener: 'same', status: 302 });
  let { status, location } = await get(server.url, 'HEAD');
  expect(status).toBe(302);
  expect((await get(location, 'HEAD')).status).toBe(403);
  let hops = 0;
  while (status === 302) {
    hops++;
    ({ status, location } = await get(location));
  }
  expect([status, hops]).toEqual([200, 3]);
  expect(server.mock.cdnListener).toBe(server.mock.listener);
});

test('the registry may answer a HEAD by itself; rules reach the CDN; its port may be gone', async () => {
  await using server = await startCdn({ redirectHead: false });
  expect((await get(server.url, 'HEAD')).status).toBe(200);
  const { location } = await get(server.url);
  server.mock.on({ via: 'cdn' }).once().status(500);
  expect([(await get(location)).status, (await get(location)).status]).toEqual([500, 200]);
  await server.mock.cdnListener.stop();
  await expect(get(location)).rejects.toThrow();
});

test('the rate limit counts manifest GETs only', async () => {
  let now = 0;
  await using mock = await startMock({ rateLimit: { limit: 2, window: 100 }, clock: () => now });
  mock.addImage('app', 'v1');
  const url = `${mock.url}/v2/app/manifests/v1`;
  const statuses: number[] = [];
  for (const method of ['HEAD', 'GET', 'HEAD', 'GET', 'HEAD', 'GET'] as const)
    statuses.push((await get(url, method)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  now += 100_000;
  const response = await request(url);
  await response.body.dump();
  expect(response.headers).toMatchObject({ 'ratelimit-limit': '2;w=100', 'ratelimit-remaining': '1;w=100' });
});
