// The way of hits ahead of the router changes no answer: two servers, with it and without, are asked the same.
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MockRegistry } from '../mock/index.ts';
import { defaultConfig } from '../src/config/config.ts';
import { createApp } from '../src/http/app.ts';
import { BodySender } from '../src/http/body-sender.ts';
import { Hits } from '../src/http/hits.ts';
import { closeListener, createListener, listen } from '../src/http/listener.ts';
import { createLog, silentLog } from '../src/log/log.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { seededRandom } from '../src/oci/seeded-random.ts';
import { openRegistry } from '../src/registry/registry.ts';
import { askAdmin, comparable, samples } from './admin-client.ts';
import { FrontDoor, plainEntry, temporaryDirectory } from './front-door.ts';
import { certainRequests, fill, generatedRequests, OURSELVES } from './generated-requests.ts';
import type { Content } from './generated-requests.ts';

const START = Date.parse('2026-11-21T08:00:00Z');

interface Twin {
  readonly door: FrontDoor;
  /** Lines about requests, without when and how long: a client may have a large body before it is logged. */
  readonly lines: string[];
}

/** Two servers before one mock, which the same clock tells the time. */
async function openTwins(mock: MockRegistry): Promise<
  AsyncDisposable & {
    readonly twins: readonly [ahead: Twin, routed: Twin];
    readonly clock: { now: number };
  }
> {
  const clock = { now: START };
  const stack = new AsyncDisposableStack();
  const open = async (hitsAhead: boolean): Promise<Twin> => {
    const directory = await temporaryDirectory();
    const lines: string[] = [];
    const log = createLog({
      level: 'debug',
      format: 'json',
      clock: () => new Date(clock.now),
      write: (line) => {
        if (/"message":"(?:[A-Z]+ |serving|request refused)/.test(line))
          lines.push(line.replaceAll(/"(?:time|ms|stack)":(?:[\d.]+|"(?:[^"\\]|\\.)*"),?/g, ''));
      },
    });
    const door = new FrontDoor(
      mock,
      directory.path,
      {
        hitsAhead,
        log,
        clock: () => new Date(clock.now),
        softWaitMs: 60_000,
        listMs: 0,
        config: { complete: false, registries: registriesOf(mock) },
      },
      directory,
    );
    stack.use(door);
    await door.start();
    return { door, lines };
  };
  return {
    twins: [await open(true), await open(false)],
    clock,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function registriesOf(mock: MockRegistry) {
  const entry = plainEntry(mock.host, { revalidate: 60_000 });
  return [
    entry,
    plainEntry(mock.host, { revalidate: 'never', pathPrefix: parseRepositoryName('kept') }),
    plainEntry(mock.host, { revalidate: 'always', pathPrefix: parseRepositoryName('asked') }),
    // Another name for the same; what cannot be reached is asked about by timers of its own.
    plainEntry('other.test', { endpoints: [{ url: mock.url, style: 'plain' }] }),
  ];
}

/** What a server sends until it closes, but for what no two answers share. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(request, 'latin1');
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks)
    .toString('latin1')
    .replaceAll(/^Date: .*$/gm, '')
    .replaceAll(/\b[0-9a-f]{30}\b/g, 'boundary');
}

async function askBoth(twins: readonly Twin[], request: string): Promise<string> {
  const answers: string[] = [];
  for (const { door } of twins) answers.push(await exchange(door.port, request));
  const [ahead = '', routed] = answers;
  expect(ahead, JSON.stringify(request)).toBe(routed);
  return ahead;
}

/** Names and contents of what a server keeps, but for what is its own. */
async function kept(imagePath: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(imagePath, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(imagePath.length), await readFile(path, 'latin1'));
  }
  return files;
}

/** Has every blob on every disk: how soon a download ends behind its last byte is nobody's promise. */
async function download(twins: readonly Twin[], host: string, { stored }: Content): Promise<void> {
  for (const { door, lines } of twins) {
    for (const [repository, digest] of stored) await door.raw(`/v2/${repository}/blobs/${digest}?ns=${host}`);
    const count = new Set(stored.map(([, digest]) => digest)).size;
    await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toHaveLength(count);
    await door.restart();
    lines.length = 0;
  }
}

describe('with hits ahead of the router and without', () => {
  const random = seededRandom();

  test(`generated requests have the same answers, log lines, metrics and effects (seed ${random.seed})`, async () => {
    await using mock = await startMock({ seed: random.seed });
    const content = fill(mock);
    await using opened = await openTwins(mock);
    const { twins, clock } = opened;
    await download(twins, mock.host, content);
    const certain = certainRequests(content, mock.host);
    const requests = [
      ...certain,
      ...Array.from({ length: 25 }, () => generatedRequests(random, content, mock.host)).flat(),
    ];
    const events: readonly [() => void, ...(() => void)[]] = [
      () => (clock.now += 45_000),
      () => (clock.now -= 10_000),
      () => mock.addImage(random.pick(content.repositories), random.pick(['v1', 'latest']), { layers: [20] }),
      () => reload({ denyRegistries: [mock.host] }),
      () => reload({ registries: [plainEntry(mock.host, { revalidate: 'never' }), ...registriesOf(mock)] }),
      () => reload({ registries: registriesOf(mock) }),
      () => reload({ registries: registriesOf(mock) }),
    ];
    const reload = (changes: Parameters<FrontDoor['reload']>[0]): void => {
      for (const { door } of twins) door.reload({ registries: registriesOf(mock), ...changes });
    };
    const statuses = new Map<string, number>();
    const ask = async (request: string): Promise<void> => {
      clock.now += 1;
      const status = (await askBoth(twins, request)).slice(9, 12);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    for (const request of [...certain, ...certain]) await ask(request);
    for (let asked = 0; asked < 2000; asked += 1) {
      if (random.below(60) === 0) random.pick(events)();
      await ask(random.pick(requests as [string, ...string[]]));
    }
    reload({ denyRegistries: [mock.host] });
    for (const request of certain) await ask(request);
    const [ahead, routed] = twins;
    await expect.poll(() => ahead.lines.length).toBe(routed.lines.length);
    expect(ahead.lines.toSorted()).toEqual(routed.lines.toSorted());
    // Else nothing was compared.
    for (const status of ['200', '206', '304', '400', '403', '404', '405'])
      expect(statuses.get(status), status).toBeGreaterThan(0);
    expect(ahead.lines.filter((line) => line.includes('"cache":"hit"')).length).toBeGreaterThan(10);

    const measured = await Promise.all(
      twins.map(async ({ door }) =>
        comparable(samples((await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics')).text)),
      ),
    );
    expect(measured[0]).toEqual(measured[1]);
    const [first, second] = await Promise.all(
      twins.map(async ({ door }) => {
        await door.stop();
        return kept(door.imagePath);
      }),
    );
    expect(first).toEqual(second);
    expect([...(first ?? [])].filter(([, text]) => text.includes('"lastPulled"')).length).toBeGreaterThan(2);
  });

  test('what is pipelined is answered in order, hits and others', async () => {
    await using mock = await startMock();
    const image = mock.addImage('app', 'v1', { layers: [100, 100_000] });
    await using opened = await openTwins(mock);
    const { twins } = opened;
    const paths = [
      `manifests/${image.digest}`,
      ...image.blobs.map(({ digest }) => `blobs/${digest}`),
      'tags/list',
      'x',
    ];
    const request = (path: string, method = 'GET', end = ''): string =>
      `${method} /v2/app/${path}?ns=${mock.host} HTTP/1.1\r\nHost: ${OURSELVES}\r\n${end}\r\n`;
    const last = request('manifests/v1', 'GET', 'Connection: close\r\n');
    for (const path of paths) await askBoth(twins, request(path, 'GET', 'Connection: close\r\n'));
    await askBoth(twins, last);
    const all = paths.flatMap((path) => [request(path), request(path, 'HEAD')]);
    const answers = await askBoth(twins, [...all, ...all, last].join(''));
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toHaveLength(2 * all.length + 1);
  });
});

test('the router sees a request once, and again whatever it alone can answer', async () => {
  await using mock = await startMock();
  await using directory = await temporaryDirectory();
  const image = mock.addImage('app', 'v1', { layers: [100, 100_000] });
  const [config = '', small = '', large = ''] = image.blobs.map(({ digest }) => digest);
  const registries = [plainEntry(mock.host, { revalidate: 'never' })];
  const registry = await openRegistry(
    { ...defaultConfig, imagePath: directory.path, complete: false, registries },
    { log: silentLog },
  );
  const hits = new Hits(registry, silentLog);
  let routed = 0;
  const app = createApp(registry, new BodySender(), silentLog, {
    learn: (incoming, meaning) => hits.learn(incoming, meaning),
  });
  const server = createListener(
    (request, env) => {
      routed += 1;
      return app.fetch(request, env);
    },
    { ahead: (incoming, outgoing) => hits.answer(incoming, outgoing) },
  );
  await listen(server, { host: '127.0.0.1', port: 0 });
  const { port } = server.address() as { port: number };
  /** How often the router is asked, of four times. */
  const ask = async (path: string, more: Record<string, string> = {}, method = 'GET'): Promise<number> => {
    const before = routed;
    const lines = Object.entries({ Host: OURSELVES, ...more, Connection: 'close' }).map(
      ([k, v]) => `${k}: ${v}\r\n`,
    );
    for (let time = 0; time < 4; time += 1)
      await exchange(port, `${method} /v2/app/${path}?ns=${mock.host} HTTP/1.1\r\n${lines.join('')}\r\n`);
    return routed - before;
  };
  try {
    expect(await ask('manifests/v1')).toBe(1);
    expect(await ask('manifests/v1', {}, 'HEAD')).toBe(0);
    expect(await ask('manifests/v1', { Range: 'bytes=0-' })).toBe(0);
    expect(await ask('manifests/v1', { 'If-None-Match': '"x"' })).toBe(4);
    expect(await ask('manifests/v1', { Via: '1.1 x' })).toBe(4);
    expect(await ask('manifests/v1', { Host: 'other.test' })).toBe(1);
    expect(await ask('manifests/v1', { 'X-Registry': 'other.test' })).toBe(1);
    expect(await ask('manifests/v1', {}, 'DELETE')).toBe(4);
    expect(await ask(`manifests/${image.digest}`)).toBe(1);
    expect(await ask('manifests/absent')).toBe(4);
    // Once it is filled, and read from the disk.
    await expect.poll(() => ask(`blobs/${config}`)).toBe(0);
    await expect.poll(() => ask(`blobs/${small}`)).toBe(0);
    expect(await ask(`blobs/${small}`, { Range: 'bytes=1-' })).toBe(4);
    expect(await ask(`blobs/${large}`)).toBe(4);
    await expect.poll(() => ask(`blobs/${large}`, {}, 'HEAD')).toBe(0);
    registry.reload({ ...defaultConfig, registries });
    expect(await ask('manifests/v1')).toBe(1);
    registry.reload({ ...defaultConfig, registries, denyRegistries: [mock.host] });
    expect(await ask('manifests/v1')).toBe(4);
  } finally {
    await closeListener(server);
    await registry.close();
  }
});
