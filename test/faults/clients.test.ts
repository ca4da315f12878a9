// Clients that leave, stall, close one half, pipeline, or send slowly: they harm nobody but themselves.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect } from 'vitest';
import { sha256 } from '../e2e/digest.ts';
import type { FaultSite } from './fault-site.ts';
import { scenario } from './scenario.ts';

const MiB = 1024 * 1024;

async function open({ server }: FaultSite): Promise<Socket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  // What the server does to it is looked at by whoever wants to know.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function get({ server, mock }: FaultSite, path: string): string {
  return `GET /v2/${path}?ns=${mock.host} HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`;
}

async function readAtLeast(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const chunk = (socket.read() ?? undefined) as Buffer | undefined;
    if (chunk === undefined) await once(socket, 'readable');
    else length += chunks.push(chunk) && chunk.length;
  }
  return Buffer.concat(chunks);
}

scenario('clients that leave after a few bytes: the download goes on without them', {}, async (site) => {
  const blobs = Array.from({ length: 6 }, () => site.mock.addBlob('left', { size: 4 * MiB }));
  const gate = site.mock.on({ repository: 'left' }).holdAt(2 * MiB);
  for (const { digest } of blobs) {
    const socket = await open(site);
    socket.write(get(site, `left/blobs/${digest}`));
    await readAtLeast(socket, 1 + site.random.below(MiB));
    if (site.random.below(2) === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  await gate.arrived(blobs.length);
  gate.release();
  const names = blobs.map(({ digest }) => `blobs/${digest.slice(7)}`).toSorted();
  await expect.poll(async () => (await site.stored()).toSorted()).toEqual(names);
});

scenario('clients that stop reading: another one of the same download is not held back', {}, async (site) => {
  const { digest } = site.mock.addBlob('stalled', { size: 16 * MiB });
  const stalled = await Promise.all(Array.from({ length: 50 }, () => open(site)));
  for (const socket of stalled) socket.write(get(site, `stalled/blobs/${digest}`));
  await Promise.all(stalled.map((socket) => readAtLeast(socket, 1)));
  for (let at = 0; at < 3; at += 1) expect((await site.get(`stalled/blobs/${digest}`)).told).toBe(200);
  for (const socket of stalled) socket.destroy();
});

scenario(
  'clients that close their half after asking have left: no byte is wrong, nothing stays open',
  {},
  async (site) => {
    const blob = site.mock.addBlob('half', { size: 2 * MiB });
    for (let clients = 0; clients < 10; clients += 1) {
      const socket = await open(site);
      socket.end(get(site, `half/blobs/${blob.digest}`));
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      const answer = Buffer.concat(chunks);
      const head = answer.indexOf('\r\n\r\n');
      const body = head < 0 ? Buffer.alloc(0) : answer.subarray(head + 4);
      expect(body.equals(blob.bytes().subarray(0, body.length))).toBe(true);
    }
    await expect.poll(() => site.stored()).toEqual([`blobs/${blob.digest.slice(7)}`]);
  },
);

scenario(
  'a client that sends many requests without waiting gets the answers in their order',
  {},
  async (site) => {
    const blobs = Array.from({ length: 20 }, () =>
      site.mock.addBlob('line', { size: 1 + site.random.below(200_000) }),
    );
    const socket = await open(site);
    socket.write(blobs.map(({ digest }) => get(site, `line/blobs/${digest}`)).join(''));
    let rest = Buffer.alloc(0);
    for (const blob of blobs) {
      while (!rest.includes('\r\n\r\n')) rest = Buffer.concat([rest, await readAtLeast(socket, 1)]);
      const start = rest.indexOf('\r\n\r\n') + 4;
      expect(rest.subarray(0, 12).toString()).toBe('HTTP/1.1 200');
      while (rest.length < start + blob.size) rest = Buffer.concat([rest, await readAtLeast(socket, 1)]);
      expect(sha256(rest.subarray(start, start + blob.size))).toBe(blob.digest);
      rest = rest.subarray(start + blob.size);
    }
    socket.destroy();
  },
);

scenario(
  'clients that never end their headers are sent away; others are served meanwhile',
  {},
  async (site) => {
    const image = site.image('app');
    const slow = await Promise.all(Array.from({ length: 100 }, () => open(site)));
    const closed = slow.map((socket) => once(socket.resume(), 'end'));
    for (const socket of slow) socket.write('GET /v2/ HTTP/1.1\r\nX-Slow: ');
    expect(await site.pull(image)).toEqual([]);
    await Promise.all(closed);
    for (const socket of slow) socket.destroy();
  },
);
