// Who comes when there is no room, on sockets.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { silentLog } from '../log/log.ts';
import { Crowd, mostConnections } from './crowd.ts';

/** A server with room for so many, that answers whoever it admits, and counts what it has told. */
async function open(most: number) {
  const told: number[] = [];
  const crowd = new Crowd(most, { log: silentLog, measure: ({ status }) => void told.push(status) });
  const server = createServer((incoming, outgoing) => {
    if (crowd.admits(incoming, outgoing)) outgoing.end('fine');
  });
  crowd.watch(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  return {
    told,
    async client() {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
      let received = '';
      socket.on('error', () => undefined).on('data', (text: string) => (received += text));
      sockets.push(socket);
      await once(socket, 'connect');
      return {
        socket,
        async asks() {
          received = '';
          socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n');
          await expect.poll(() => received.includes('\r\n\r\n') || socket.closed).toBe(true);
          return received;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('those who are there go on, who comes late is told so and disconnected, and there is room again', async () => {
  await using site = await open(8);
  const early = [];
  for (let number = 0; number < 8; number += 1) early.push(await site.client());
  const late = await site.client();
  const answer = await late.asks();
  expect(answer).toMatch(/^HTTP\/1.1 503 /);
  expect(answer).toContain('Retry-After: 5');
  expect(answer).toContain('Connection: close');
  expect(answer).toContain('TOOMANYREQUESTS');
  expect(site.told).toEqual([503]);
  await expect.poll(() => late.socket.closed).toBe(true);
  expect(await early[0]?.asks()).toMatch(/^HTTP\/1.1 200 /);
  for (const { socket } of early.slice(1)) socket.destroy();
  await expect.poll(async () => (await site.client()).asks()).toMatch(/^HTTP\/1.1 200 /);
});

test('where it is crowded no connection is kept', async () => {
  await using site = await open(8);
  const [first, second] = [await site.client(), await site.client()];
  expect(await first.asks()).toContain('Connection: keep-alive');
  for (let number = 0; number < 6; number += 1) await site.client();
  expect(await second.asks()).toContain('Connection: close');
  await expect.poll(() => second.socket.closed).toBe(true);
});

test('of those who come late and say nothing there are few', async () => {
  await using site = await open(8);
  const sockets: Socket[] = [];
  for (let number = 0; number < 20; number += 1) sockets.push((await site.client()).socket);
  await expect.poll(() => sockets.filter(({ closed }) => !closed).length).toBe(8 + 2);
});

test.each([
  [1024, 549],
  [96, 24],
  [Infinity, Infinity],
])('of %s open files clients get %s', (openFiles, most) => {
  expect(mostConnections(openFiles)).toBe(most);
});
