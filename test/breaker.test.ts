// An upstream that is dark, broken or has had enough: it is left alone, and everybody hears so at once.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { issue, makeCa } from '../mock/certificates.ts';
import type { BreakerTimes } from '../src/upstream/breaker.ts';
import { askAdmin } from './admin-client.ts';
import { errorCodes, errorMessage, openFrontDoor, plainEntry } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const never = 1e9;

/** Probes come at once, or never. */
function doorWith(times: Partial<BreakerTimes>, entry = {}): Promise<FrontDoor> {
  return openFrontDoor({
    entry: { timeouts: { headerMs: 200 }, ...entry },
    config: { complete: false },
    upstreams: { breakerTimes: times },
  });
}

const withoutProbes = { probeFirstMs: never, probeMostMs: never };
const probing = { probeFirstMs: 5, probeMostMs: 5 };

describe('a black-holed upstream', () => {
  test('is asked once, and then left alone', async () => {
    await using door = await doorWith(withoutProbes);
    door.mock.connections.weather = 'silent';
    const first = await door.get('/v2/app/manifests/v1');
    expect([first.status, errorCodes(first)]).toEqual([504, ['UNAVAILABLE']]);
    const asked = door.mock.connections.opened;
    for (const path of ['manifests/v1', 'manifests/v2', `blobs/sha256:${'0'.repeat(64)}`]) {
      const next = await door.get(`/v2/app/${path}`);
      expect([next.status, errorCodes(next)]).toEqual([503, ['UNAVAILABLE']]);
      expect(next.headers['retry-after']).toMatch(/^\d+$/);
      expect(errorMessage(next)).toContain('has not answered since');
    }
    expect(door.mock.connections.opened).toBe(asked);
  });

  test('does not keep a cached tag from being served', async () => {
    await using door = await doorWith({ ...withoutProbes, freshMs: -1 });
    const image = door.mock.addImage('app', 'v1');
    await door.get('/v2/app/manifests/v1');
    door.mock.on({}).always().blackHole();
    for (let pull = 0; pull < 3; pull += 1) {
      const stale = await door.get('/v2/app/manifests/v1');
      expect([stale.status, stale.headers['docker-content-digest']]).toEqual([200, image.digest]);
      expect(stale.headers['warning']).toMatch(/^299/);
    }
    expect(door.mock.count({ operation: 'manifestHead' })).toBe(1);
  });

  test('is noticed when it is back, without a client that waits for it', async () => {
    await using door = await doorWith(probing);
    const image = door.mock.addImage('app', 'v1');
    door.mock.connections.weather = 'silent';
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(504);
    door.mock.connections.weather = 'serve';
    await expect.poll(async () => (await door.get('/v2/app/manifests/v1')).status).toBe(200);
    expect((await door.get('/v2/app/manifests/v1')).headers['docker-content-digest']).toBe(image.digest);
    expect(door.mock.requests.find(({ url }) => url === '/v2/')?.headers['via']).toMatch(/ociregistry-/);
  });
});

test('connections that cannot be made just after an answer: who comes next does not wait too', async () => {
  const { cert, key } = await issue(await makeCa(), { names: ['127.0.0.1'] });
  const entry = {
    scheme: 'https',
    tls: { insecureSkipVerify: true },
    timeouts: { connectMs: 200 },
  } as const;
  await using door = await openFrontDoor(
    { entry, config: { complete: false }, upstreams: { breakerTimes: withoutProbes } },
    { tls: { cert, key } },
  );
  door.mock.addImage('app', 'v1');
  expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  // A TLS connection is only one when the other side has spoken.
  door.mock.connections.weather = 'silent';
  door.mock.connections.destroyAll();
  const blob = async (digit: number): Promise<number> =>
    (await door.get(`/v2/app/blobs/sha256:${String(digit).repeat(64)}`)).status;
  expect(await Promise.all([blob(0), blob(0)])).toEqual([504, 504]);
  const asked = door.mock.connections.opened;
  expect(await Promise.all([1, 2, 3].map(blob))).toEqual([503, 503, 503]);
  expect(door.mock.connections.opened).toBe(asked);
});

describe('a token service that is dark while its registry answers', () => {
  /** It has a port of its own. */
  async function doorWithTokens(times: Partial<BreakerTimes>): Promise<FrontDoor> {
    const auth = { scheme: 'bearer', listener: {} } as const;
    const door = await openFrontDoor({ upstreams: { breakerTimes: times } }, { auth });
    await door.restart({
      complete: false,
      registries: [
        plainEntry(door.mock.host, { timeouts: { headerMs: 200 } }),
        plainEntry(door.mock.tokenListener.host),
      ],
    });
    return door;
  }

  test('is asked once, and then left alone', async () => {
    await using door = await doorWithTokens(withoutProbes);
    const { connections } = door.mock.tokenListener;
    connections.weather = 'silent';
    const first = await door.get('/v2/app/manifests/v1');
    expect([first.status, errorCodes(first)]).toEqual([504, ['UNAVAILABLE']]);
    const asked = connections.opened;
    for (const name of ['app', 'other', 'another']) {
      const next = await door.get(`/v2/${name}/manifests/v1`);
      expect([next.status, errorCodes(next)]).toEqual([503, ['UNAVAILABLE']]);
      expect(errorMessage(next)).toContain(`${door.mock.tokenListener.host} has not answered since`);
    }
    expect(connections.opened).toBe(asked);
    const { text } = await askAdmin(join(door.imagePath, 'admin.sock'), '/admin/v1/upstreams');
    expect(JSON.parse(text)).toMatchObject({ upstreams: [{ state: 'open' }] });
  });

  test('is noticed when it is back, without a client that waits for it', async () => {
    await using door = await doorWithTokens(probing);
    door.mock.addImage('app', 'v1');
    const { connections } = door.mock.tokenListener;
    connections.weather = 'silent';
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(504);
    connections.weather = 'serve';
    await expect.poll(async () => (await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });

  test('keeps nobody from what tokens were given for', async () => {
    await using door = await doorWithTokens(withoutProbes);
    const images = ['v1', 'v2'].map((tag) => door.mock.addImage('app', tag));
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
    door.mock.tokenListener.connections.weather = 'silent';
    expect((await door.get('/v2/other/manifests/v1')).status).toBe(504);
    expect((await door.get('/v2/app/manifests/v2')).headers['docker-content-digest']).toBe(images[1]?.digest);
  });
});

describe('an upstream that is not dark', () => {
  test.each([
    ['500, three in a row', 500, 3],
    ['503, three in a row', 503, 3],
    ['404', 404, 6],
    ['403', 403, 6],
    ['429 without a time', 429, 6],
  ])('answers %s: asked so many times of six', async (_, status, asked) => {
    await using door = await doorWith(withoutProbes);
    door.mock.on({}).always().status(status);
    for (let pull = 0; pull < 6; pull += 1) await door.get(`/v2/app/manifests/v${pull}`);
    expect(door.mock.count({ operation: 'manifestGet' })).toBe(asked);
  });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', 60],
    ['a date', new Date(Date.now() + 60_000).toUTCString()],
  ])('of a 429 is obeyed, and handed on: %s', async (_, retryAfter) => {
    await using door = await doorWith(withoutProbes);
    const image = door.mock.addImage('app', 'v1', { layers: [1000] });
    const cached = door.mock.addImage('app', 'cached');
    await door.get('/v2/app/manifests/cached');
    door.mock.on({ operation: 'manifestGet' }).once().tooManyRequests(retryAfter);
    for (let pull = 0; pull < 3; pull += 1) {
      const answer = await door.get('/v2/app/manifests/v1');
      expect([answer.status, errorCodes(answer)]).toEqual([503, ['TOOMANYREQUESTS']]);
      const seconds = Number(answer.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    expect(door.mock.count({ operation: 'manifestGet' })).toBe(2);
    // What is cached is served, and blobs are not counted.
    const stale = await door.get('/v2/app/manifests/cached');
    expect([stale.status, stale.headers['docker-content-digest']]).toEqual([200, cached.digest]);
    expect(door.mock.count({ operation: 'manifestHead' })).toBe(0);
    for (const { digest } of image.layers)
      expect((await door.get(`/v2/app/blobs/${digest}`)).status).toBe(200);
  });

  test('that is over is over', async () => {
    await using door = await doorWith(withoutProbes);
    door.mock.addImage('app', 'v1');
    door.mock.on({ operation: 'manifestGet' }).once().tooManyRequests(0);
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(503);
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });
});

describe('a kept connection that breaks before the answer', () => {
  test.each(['reset', 'hangUp'] as const)('%s: a client sees nothing of it', async (how) => {
    await using door = await doorWith(withoutProbes);
    const images = ['v1', 'v2'].map((tag) => door.mock.addImage('app', tag));
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
    door.mock.on({ operation: 'manifestGet' }).once()[how]();
    expect((await door.get('/v2/app/manifests/v2')).headers['docker-content-digest']).toBe(images[1]?.digest);
    expect(door.mock.count({ operation: 'manifestGet', reference: 'v2' })).toBe(2);
  });

  test('is not asked a third time', async () => {
    await using door = await doorWith(withoutProbes);
    door.mock.addImage('app', 'v1');
    door.mock.addImage('app', 'v2');
    await door.get('/v2/app/manifests/v1');
    door.mock.on({ operation: 'manifestGet' }).always().reset();
    expect((await door.get('/v2/app/manifests/v2')).status).toBe(502);
    expect(door.mock.count({ operation: 'manifestGet', reference: 'v2' })).toBe(2);
  });
});
