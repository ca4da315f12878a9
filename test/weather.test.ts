// Bad weather at the upstream, row by row: what is cached is served, what is not fails fast and says why, and the same
// request succeeds as soon as the upstream is well again.
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MadeManifest, Rule } from '../mock/index.ts';
import type { ResolveAll } from '../src/upstream/egress.ts';
import {
  errorCodes,
  errorMessage,
  openFrontDoor,
  plainEntry,
  sha256,
  temporaryDirectory,
} from './front-door.ts';
import type { Answered, FrontDoor } from './front-door.ts';
import { kindsOfWeather } from './weather.ts';
import type { Site, Weather } from './weather.ts';

const MiB = 1024 * 1024;
const never = 1e9;
const digestOf = (answer: Answered) => answer.headers['docker-content-digest'];

interface Belongings extends Site {
  readonly cached: MadeManifest;
  /** Where the tag of the cached image leads since, of which nobody has heard. */
  readonly moved: MadeManifest;
  readonly fresh: MadeManifest;
}

/** A fair-weather pull of one image, and another that is not pulled. No breaker, which has tests of its own. */
async function pulledBefore(weather: Weather, softWaitMs?: number): Promise<Belongings> {
  const directory = await temporaryDirectory();
  const climate = await weather.climate?.(directory.path);
  const dns = { dead: false };
  const resolve: ResolveAll = (_hostname, _options, callback) => {
    if (dns.dead) callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    else callback(null, [{ address: '127.0.0.1', family: 4 }]);
  };
  const door = await openFrontDoor(
    {
      config: { complete: false, pullTimeoutMs: 1000 },
      upstreams: { resolve, breakerTimes: { threshold: never, freshMs: never } },
      ...(softWaitMs !== undefined && { softWaitMs }),
    },
    climate?.mock,
  );
  onTestFinished(async () => {
    await door[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  await door.restart({
    registries: [plainEntry(door.mock.host, climate?.entry), plainEntry(door.mock.cdnListener.host)],
  });
  const cached = door.mock.addImage('app', 'cached', { layers: [70_000] });
  await door.get('/v2/app/manifests/cached');
  for (const { digest } of cached.blobs) await door.get(`/v2/app/blobs/${digest}`);
  const moved = door.mock.addImage('app', 'cached');
  const fresh = door.mock.addImage('app', 'fresh', { layers: [80_000] });
  return { door, dns, cached, moved, fresh };
}

/** What a client makes of it: the digest of what came, the error and its message, or a body that broke off. */
async function told(pull: Promise<Answered>): Promise<{ readonly what: unknown; readonly message: string }> {
  try {
    const answer = await pull;
    if (answer.status === 200) return { what: sha256(answer.body), message: '' };
    return { what: [answer.status, ...errorCodes(answer)], message: errorMessage(answer) };
  } catch {
    return { what: 'broken off', message: '' };
  }
}

function pathsOf({ digest, blobs }: MadeManifest): readonly string[] {
  return [`manifests/${digest}`, ...blobs.map((blob) => `blobs/${blob.digest}`)];
}

/** Everything below a manifest is served by its digest, whole and without a Warning. */
async function expectServed(door: FrontDoor, image: MadeManifest): Promise<void> {
  for (const path of pathsOf(image)) {
    const answer = await door.get(`/v2/app/${path}`);
    expect([path, answer.status, answer.headers['warning']]).toEqual([path, 200, undefined]);
    expect(path).toContain(sha256(answer.body));
    expect([path, (await door.head(`/v2/app/${path}`)).status]).toEqual([path, 200]);
  }
}

describe.each(kindsOfWeather)('an upstream that $name', (weather) => {
  test('is not needed for cached digests, nor for a cached tag', async () => {
    const site = await pulledBefore(weather, 50);
    const { door, cached } = site;
    const end = await weather.begin(site);
    door.mock.reset();
    await expectServed(door, cached);
    expect([door.mock.requests, door.mock.connections.opened]).toEqual([[], 0]);
    for (const method of ['GET', 'HEAD'] as const) {
      const stale = await door.get('/v2/app/manifests/cached', {}, method);
      expect([stale.status, digestOf(stale)]).toEqual([200, cached.digest]);
      expect(stale.headers['warning']).toMatch(/^299 - "served from the cache/);
    }
    await end?.();
  });

  test('is told of with its reason, and well as soon as it is well', async () => {
    const site = await pulledBefore(weather);
    const { door, dns, fresh, moved } = site;
    const { tag, blob = tag, says, names = () => door.mock.host } = weather;
    const [layer = ''] = fresh.layers.map(({ digest }) => digest);
    const end = await weather.begin(site);
    const head = await door.head('/v2/app/manifests/fresh');
    expect(head.status).toBe(tag[0]);
    if (head.status === 503) expect(head.headers['retry-after']).toMatch(/^\d+$/);
    const noTag = await told(door.get('/v2/app/manifests/fresh'));
    expect(noTag.what).toEqual(tag);
    const noBlob = await told(door.get(`/v2/app/blobs/${layer}`));
    expect(noBlob.what).toEqual(blob);
    for (const { what, message } of [noTag, noBlob]) {
      if (what === 'broken off') continue;
      expect(message).toMatch(says);
      expect(message).toContain(door.mock.host);
      expect(message).toContain(names(door));
    }
    expect(await readdir(join(door.imagePath, 'blobs'))).not.toContain(layer.slice(7));

    await end?.();
    dns.dead = false;
    door.mock.behave();
    await door.mock.start();
    expect((await told(door.get('/v2/app/manifests/fresh'))).what).toBe(fresh.digest);
    expect((await told(door.get(`/v2/app/blobs/${layer}`))).what).toBe(layer);
    const current = await door.get('/v2/app/manifests/cached');
    expect([digestOf(current), current.headers['warning']]).toEqual([moved.digest, undefined]);
  });
});

describe('a blob whose upstream fails on the way arrives whole', () => {
  const size = 300_000;

  test.each<[string, (rule: Rule) => unknown]>([
    ['slow', (rule) => rule.throttle(1_000_000)],
    ['truncated', (rule) => rule.truncateAt(100_000)],
    ['reset', (rule) => rule.resetAt(100_000)],
    ['announced as longer than its manifest says', (rule) => rule.contentLengthOff(5000)],
    ['announced as shorter than its manifest says', (rule) => rule.contentLengthOff(-200_000)],
    [
      'truncated, and nobody told how long it is',
      (rule) => rule.noContentLength('close').truncateAt(100_000),
    ],
  ])('%s', async (_, spoil) => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const { layers } = door.mock.addImage('app', 'v1', { layers: [size] });
    await door.get('/v2/app/manifests/v1');
    spoil(door.mock.on({ operation: 'blobGet' }).once());
    const [digest = ''] = layers.map((layer) => layer.digest);
    expect((await told(door.get(`/v2/app/blobs/${digest}`))).what).toBe(digest);
  });

  const onBlob = (door: FrontDoor) => door.mock.on({ operation: 'blobGet' }).once();
  const onCdn = (door: FrontDoor) => door.mock.on({ via: 'cdn' }).once();

  test.each<[string, (door: FrontDoor, gone: string) => unknown]>([
    ['500', (door) => onBlob(door).status(500)],
    ['429', (door) => onBlob(door).tooManyRequests(0)],
    ['403', (door) => onBlob(door).status(403)],
    ['404', (door) => onBlob(door).status(404)],
    ['resets', (door) => onBlob(door).times(2).reset()],
    ['no token', (door) => door.mock.on({ operation: 'token' }).once().status(503)],
    ['a redirect to a host that is gone', (door, gone) => onBlob(door).redirectTo(gone)],
    ['a redirect to a host that hangs up', (door) => onCdn(door).times(2).hangUp()],
    ['a redirect to a host that refuses', (door) => onCdn(door).status(403)],
    ['a redirect to a host that has it no more', (door) => onCdn(door).status(404)],
    ['all of it, from the first byte on', (door) => onCdn(door).ignoreRange()],
  ])('broken, its token and its URL used up, and then for once %s', async (_, begin) => {
    await using door = await openFrontDoor(
      { config: { complete: false } },
      { auth: { scheme: 'bearer', uses: 1 }, cdn: { uses: 1 } },
    );
    await using gone = await startMock();
    await gone.stop();
    const hosts = [door.mock.host, door.mock.cdnListener.host, gone.host];
    await door.restart({ registries: hosts.map((host) => plainEntry(host)) });
    const blob = door.mock.addBlob('app', { size });
    const rule = onCdn(door);
    const gate = rule.holdAt(99_999);
    rule.resetAt(100_000);
    const pull = told(door.get(`/v2/app/blobs/${blob.digest}`));
    await gate.reached;
    begin(door, gone.url);
    gate.release();
    expect((await pull).what).toBe(blob.digest);
    // At most what a reset finds unread is sent again, or once the whole of it by who knows no ranges.
    expect(door.mock.bytesSent({ via: 'cdn' })).toBeLessThanOrEqual(2 * size);
  });

  test('256 MiB that break every few MiB, with a token and a signed URL that expire each time', async () => {
    const size = 256 * MiB;
    // Each break takes a minute and a second, by the upstream's clock.
    const start = Date.now();
    const clock = (): number => start + 61_000 * breaks();
    const breaks = () => door.mock.count({ via: 'cdn', where: ({ outcome }) => outcome === 'cut' });
    await using door: FrontDoor = await openFrontDoor(
      { config: { complete: false } },
      { clock, auth: { scheme: 'bearer', lifetime: 60, expiresIn: 3600 }, cdn: { lifetime: 60 } },
    );
    const { mock } = door;
    await door.restart({ registries: [plainEntry(mock.host), plainEntry(mock.cdnListener.host)] });
    const blob = mock.addBlob('app', { size });
    mock
      .on({ via: 'cdn' })
      .always()
      .resetEvery(7 * MiB);
    const { statusCode, headers, body } = await request(
      `${door.url}/v2/app/blobs/${blob.digest}?ns=${mock.host}`,
    );
    expect([statusCode, headers['content-length']]).toEqual([200, String(size)]);
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk as Buffer);
    expect(`sha256:${hash.digest('hex')}`).toBe(blob.digest);
    expect(mock.bytesSent()).toBeLessThanOrEqual(1.02 * size);
    const count = breaks();
    expect(count).toBeGreaterThanOrEqual(256 / 7 - 1);
    expect(mock.count({ operation: 'token', status: 200 })).toBe(count + 1);
    // No URL was used twice, which its expiry would have refused.
    expect(mock.count({ via: 'cdn' })).toBe(count + 1);
    console.info(`${count} breaks; sent ${(mock.bytesSent() / size).toFixed(4)} of the bytes`);
  }, 120_000);
});

describe('a black-holed upstream', () => {
  const options = { softWaitMs: 50, entry: { timeouts: { headerMs: 300 } }, config: { complete: false } };

  test('keeps no cached tag, and hears of nobody but the probe, until it is back', async () => {
    await using door = await openFrontDoor({
      ...options,
      upstreams: { breakerTimes: { freshMs: -1, probeFirstMs: 5, probeMostMs: 5 } },
    });
    const cached = door.mock.addImage('app', 'v1');
    await door.get('/v2/app/manifests/v1');
    const moved = door.mock.addImage('app', 'v1');
    door.mock.reset();
    door.mock.on({}).always().blackHole();
    const first = await door.get('/v2/app/manifests/v1');
    expect([digestOf(first), first.headers['warning']]).toEqual([
      cached.digest,
      expect.stringMatching(/^299/),
    ]);
    // The revalidation that nobody waits for any more runs into its time limit; from then on it is dark.
    await expect.poll(() => door.mock.count({ path: /^\/v2\/$/ })).toBeGreaterThan(0);
    for (let pull = 0; pull < 20; pull += 1) {
      const stale = await door.get('/v2/app/manifests/v1');
      expect([digestOf(stale), stale.headers['warning']]).toEqual([
        cached.digest,
        expect.stringMatching(/^299/),
      ]);
    }
    expect((await told(door.get('/v2/app/manifests/none'))).what).toEqual([503, 'UNAVAILABLE']);
    expect(door.mock.count({ path: /manifests/ })).toBe(1);
    door.mock.behave();
    door.mock.connections.resetAll();
    await expect.poll(async () => digestOf(await door.get('/v2/app/manifests/v1'))).toBe(moved.digest);
  });

  test('whose address drops packets costs no connection while it is dark', async () => {
    await using door = await openFrontDoor({
      ...options,
      upstreams: { breakerTimes: { freshMs: -1, probeFirstMs: never, probeMostMs: never } },
    });
    const cached = door.mock.addImage('app', 'v1');
    await door.get('/v2/app/manifests/v1');
    door.mock.connections.weather = 'silent';
    door.mock.connections.resetAll();
    const [pulled, failed] = [
      await door.get('/v2/app/manifests/v1'),
      await told(door.get('/v2/app/manifests/none')),
    ];
    expect([digestOf(pulled), failed.what]).toEqual([cached.digest, [504, 'UNAVAILABLE']]);
    const { opened } = door.mock.connections;
    for (let pull = 0; pull < 20; pull += 1) {
      expect(digestOf(await door.get('/v2/app/manifests/v1'))).toBe(cached.digest);
      expect((await told(door.get('/v2/app/manifests/none'))).what).toEqual([503, 'UNAVAILABLE']);
    }
    expect(door.mock.connections.opened).toBe(opened);
  });
});

describe('what the upstream deletes', () => {
  test.each<[string, (door: FrontDoor, image: MadeManifest) => unknown]>([
    ['a tag', ({ mock }) => mock.store.deleteTag('app', 'v1')],
    ['a manifest', ({ mock }, { digest }) => mock.store.deleteManifest('app', digest)],
    ['a blob', ({ mock }, { blobs }) => blobs.forEach(({ digest }) => mock.store.deleteBlob('app', digest))],
    ['a repository', ({ mock }) => mock.store.deleteRepository('app')],
  ])('is kept: %s', async (_, remove) => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const image = door.mock.addImage('app', 'v1', { layers: [1000] });
    await door.get('/v2/app/manifests/v1');
    await expectServed(door, image);
    remove(door, image);
    for (let restarts = 0; restarts < 2; restarts += 1) {
      for (let pull = 0; pull < 3; pull += 1) {
        expect(digestOf(await door.get('/v2/app/manifests/v1'))).toBe(image.digest);
        await expectServed(door, image);
      }
      await door.restart();
    }
  });

  test('and what it never had, is there as soon as it has it', async () => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const blob = door.mock.addBlob('other', { size: 1000 });
    const paths = ['manifests/v1', `blobs/${blob.digest}`];
    for (let pull = 0; pull < 3; pull += 1) {
      for (const path of paths) expect((await door.get(`/v2/app/${path}`)).status).toBe(404);
      for (const path of paths) expect((await door.head(`/v2/app/${path}`)).status).toBe(404);
    }
    const image = door.mock.addImage('app', 'v1', { layers: [blob] });
    expect((await told(door.get('/v2/app/manifests/v1'))).what).toBe(image.digest);
    expect((await told(door.get(`/v2/app/blobs/${blob.digest}`))).what).toBe(blob.digest);
  });
});

describe('air-gapped opens no socket', () => {
  test.each([
    ['the server', (_: FrontDoor) => ({ airGapped: true })],
    ['one registry', ({ mock }: FrontDoor) => ({ registries: [plainEntry(mock.host, { airGapped: true })] })],
  ])('%s', async (_, gap) => {
    const resolved: string[] = [];
    const resolve: ResolveAll = (hostname, _options, callback) => {
      resolved.push(hostname);
      callback(new Error('none is wanted'), []);
    };
    await using door = await openFrontDoor({ config: { complete: false }, upstreams: { resolve } });
    const image = door.mock.addImage('app', 'v1', { layers: [1000, 2000] });
    await door.get('/v2/app/manifests/v1');
    const [had, lacked] = image.layers.map(({ digest }) => digest);
    await door.get(`/v2/app/blobs/${had ?? ''}`);
    await door.restart({ complete: true, ...gap(door) });
    door.mock.reset();
    const dialled: number[] = [];
    const watch = (message: unknown): void => {
      const { socket } = message as { socket: Socket };
      socket.on('connectionAttempt', (_ip, port) => dialled.push(port));
    };
    subscribe('net.client.socket', watch);
    onTestFinished(() => void unsubscribe('net.client.socket', watch));

    const served = ['manifests/v1', `manifests/${image.digest}`, `blobs/${had ?? ''}`];
    for (const path of served) {
      const answer = await door.get(`/v2/app/${path}`);
      expect([path, answer.status, answer.headers['warning']]).toEqual([path, 200, undefined]);
      expect((await door.head(`/v2/app/${path}`)).status).toBe(200);
    }
    // What is public may be had under another name, and nobody is asked whether it is there.
    expect((await door.get(`/v2/other/blobs/${had ?? ''}`)).status).toBe(200);
    const none = `sha256:${'0'.repeat(64)}`;
    for (const path of ['manifests/v2', `manifests/${none}`, `blobs/${none}`, `blobs/${lacked ?? ''}`]) {
      const answer = await door.get(`/v2/app/${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(errorMessage(answer)).toMatch(/is not cached and this server is air-gapped; carry it in/);
      expect(errorMessage(answer)).toContain(`${door.mock.host}/app`);
      expect(errorMessage(answer)).toContain(path.replace(/^\w+\//, ''));
      expect((await door.head(`/v2/app/${path}`)).status).toBe(404);
    }
    expect((await door.get('/v2/app/tags/list')).status).toBe(200);
    expect((await door.get(`/v2/app/referrers/${image.digest}`)).status).toBe(200);
    expect(new Set(dialled)).toEqual(new Set([door.port]));
    expect([resolved, door.mock.connections.opened, door.mock.requests]).toEqual([[], 0, []]);
  });
});
