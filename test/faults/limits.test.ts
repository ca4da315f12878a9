// Limits that are met on purpose: descriptors, connections, readers, fills. Health answers, and all is well afterwards.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';
import { request } from 'undici';
import { fillDirectory, registry } from '../../bench/filled-directory.ts';
import { sha256 } from '../e2e/digest.ts';
import { OurServer } from '../e2e/our-server.ts';
import { freePort } from '../e2e/port.ts';
import { MemoryGroup } from './memory-group.ts';
import { mostDescriptors, residentMiB } from './process-limits.ts';
import type { FaultSite } from './fault-site.ts';
import { fakeClock } from './means.ts';
import { scenario } from './scenario.ts';

const MiB = 1024 * 1024;

function openSocket({ server }: FaultSite): Promise<Socket | undefined> {
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

/** So many connections, opened a few at a time; without those that were refused. */
async function openSockets(site: FaultSite, count: number): Promise<readonly Socket[]> {
  const sockets: (Socket | undefined)[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(250, count - sockets.length) }, () => openSocket(site));
    sockets.push(...(await Promise.all(some)));
  }
  return sockets.filter((socket) => socket !== undefined);
}

const healthPort = await freePort();

async function health(): Promise<number> {
  const { statusCode, body } = await request(`http://127.0.0.1:${healthPort}/healthz`, {
    reset: true,
  });
  await body.dump();
  return statusCode;
}

scenario(
  'few descriptors: clients that come too late are told so, health answers, and all is well when there is room again',
  {
    needs: ['a limit on descriptors'],
    under: ['prlimit', '--nofile=96:96'],
    args: ['--health-host', '127.0.0.1', '--health-port', String(healthPort)],
  },
  async (site) => {
    const cached = site.image('cached', [300_000]);
    expect(await site.pull(cached)).toEqual([]);
    await site.keep();
    // A quarter of 96 may be connected, and some may be told that they may not.
    await site.disconnect();
    const silent = await openSockets(site, 25);
    const late = await site.get('cached/manifests/v1');
    expect([late.told, late.headers['retry-after']]).toEqual([503, '5']);
    const more = await openSockets(site, 300);
    expect(await health()).toBe(200);
    const cold = site.image('cold', [MiB]);
    // Some are answered, some are not; none wrongly.
    const crowd = Array.from({ length: 20 }, () => site.get(`cold/blobs/${cold.layers[0]?.digest ?? ''}`));
    await Promise.race([Promise.all(crowd), sleep(3000)]);
    expect(await health()).toBe(200);
    for (const socket of [...silent, ...more]) socket.destroy();
    await Promise.all(crowd);
  },
);

const little = new MemoryGroup(`ociregistry-${process.pid}`, 256 * MiB);
afterAll(() => little.remove());

scenario(
  'a limit on memory that is met again and again: what is new and what is cached is served, and nobody is killed',
  { needs: ['a limit on memory'], under: little.under },
  async (site) => {
    const images = Array.from({ length: 40 }, (_, at) => site.image(`app-${at}`, [8 * MiB, 100_000]));
    const pullAll = async (): Promise<readonly unknown[]> =>
      (await Promise.all(images.map((image) => site.pull(image)))).flat();
    const before = little.timesMet;
    expect(await pullAll()).toEqual([]);
    const cold = little.timesMet - before;
    expect(await pullAll()).toEqual([]);
    const warm = little.timesMet - before - cold;
    console.info(`a limit of 256 MiB was met ${cold} times by what was new, and then ${warm} times`);
    expect(cold).toBeGreaterThan(0);
  },
);

scenario(
  'connections that say nothing, ten thousand where there may be so many: pulls are served beside them',
  {},
  async (site) => {
    const image = site.image('app', [MiB]);
    const before = await residentMiB(site.server.pid);
    const count = Math.min(10_000, (await mostDescriptors()) / 2);
    const sockets = await openSockets(site, count);
    const beside = await residentMiB(site.server.pid);
    expect(sockets.length).toBe(count);
    expect(await site.pull(image)).toEqual([]);
    console.info(`${sockets.length} idle connections: ${before} MiB before, ${beside} MiB with them`);
    for (const socket of sockets) socket.destroy();
  },
);

scenario(
  'a thousand clients that read a kilobyte a second: memory is bounded, and a quick one is quick',
  {},
  async (site) => {
    const { digest } = site.mock.addBlob('slow', { size: 32 * MiB });
    expect((await site.get(`slow/blobs/${digest}`)).told).toBe(200);
    const before = await residentMiB(site.server.pid);
    const sockets = await openSockets(site, 1000);
    for (const socket of sockets) {
      socket.pause();
      socket.write(`GET /v2/slow/blobs/${digest}?ns=${site.mock.host} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }
    const readers = setInterval(() => {
      for (const socket of sockets) socket.read(1024);
    }, 1000);
    try {
      const began = performance.now();
      for (let pulls = 0; pulls < 5; pulls += 1) {
        const answer = await site.get(`slow/blobs/${digest}`);
        expect([answer.told, sha256(answer.body)]).toEqual([200, digest]);
      }
      const each = (performance.now() - began) / 5;
      const grown = (await residentMiB(site.server.pid)) - before;
      console.info(`1000 slow readers: ${grown} MiB more, 32 MiB beside them in ${Math.round(each)} ms`);
      expect(grown).toBeLessThan(400);
    } finally {
      clearInterval(readers);
      for (const socket of sockets) socket.destroy();
    }
  },
);

/** Nodes that want images at once; `each` of them the same one. */
const herds = [
  { what: 'a cold image, wanted by a thousand nodes', count: 1, each: 1000, layer: 3 * MiB },
  { what: 'a hundred cold images, each wanted by ten nodes', count: 100, each: 10, layer: 100_000 },
  { what: 'a thousand cold images, each wanted by a node', count: 1000, each: 1, layer: 100_000 },
];
for (const { what, count, each, layer } of herds) {
  scenario(`${what} at once: one request for each blob`, {}, async (site) => {
    const images = Array.from({ length: count }, (_, at) =>
      site.image(`app-${at}`, [layer + site.random.below(layer), 1000]),
    );
    const pulls = images.flatMap((image) => Array.from({ length: each }, () => site.pull(image)));
    expect((await Promise.all(pulls)).flat()).toEqual([]);
    for (const { digest } of images.flatMap(({ blobs }) => blobs)) {
      expect(site.mock.count({ operation: 'blobGet', digest })).toBe(1);
    }
    const lag = await site.metric('nodejs_eventloop_lag_max_seconds');
    console.info(`${what}: the event loop was held up ${Math.round(lag * 1000)} ms at most`);
  });
}

scenario(
  'a clock that jumps, forward by a month and back again: nothing wedges',
  { needs: ['a clock that can be set'] },
  async (site) => {
    const library = fakeClock() ?? '';
    const env = (offset: string) => [
      'env',
      `LD_PRELOAD=${library}`,
      `FAKETIME=${offset}`,
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
    ];
    for (const offset of ['+30d', '-30d', '+3650d', '+0d']) {
      const image = site.image(`app${offset.replace('+', '-')}`);
      await site.restart([], env(offset));
      expect(await site.pull(image)).toEqual([]);
      for (const earlier of site.images) expect(await site.pull(earlier)).toEqual([]);
      await site.keep();
    }
  },
);

scenario('a restart with many images: ready in no time', {}, async (site) => {
  const count = Number(process.env['IMAGES'] ?? 200);
  const imagePath = await site.place.directory('many');
  const [first] = await fillDirectory(imagePath, count);
  const began = performance.now();

  const server = await OurServer.start(site.place, { imagePath, args: ['--air-gapped'] });
  console.info(`ready with ${count} images after ${Math.round(performance.now() - began)} ms`);
  const path = `${first?.repository ?? ''}/manifests/${first?.tag ?? ''}?ns=${registry}`;
  expect((await fetch(`${server.url}/v2/${path}`)).status).toBe(200);
  await server.stop();
});
