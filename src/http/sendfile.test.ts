// Sendfile on real sockets: what it sends, and when it leaves that to others.
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issue, makeCa } from '../../mock/certificates.ts';
import { temporaryDirectory } from '../../test/front-door.ts';
import { silentLog } from '../log/log.ts';
import type { BlobFile } from '../serialize/store.ts';
import { openSendfile } from './sendfile-probe.ts';
import type { Sendfile } from './sendfile.ts';

const PAGE = 64 * 1024; // the largest that Linux has
const written = Buffer.from(Array.from({ length: PAGE }, (_, index) => index % 251));

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let handle: FileHandle;
/** One page that was written, and after it a hole that was never read. */
let file: BlobFile;
let sendfile: Sendfile;

beforeAll(async () => {
  directory = await temporaryDirectory();
  handle = await open(join(directory.path, 'file'), 'w+');
  await handle.write(written);
  await handle.truncate(4 * PAGE);
  const others = { read: () => Promise.resolve(0), close: () => Promise.resolve() };
  file = { size: 4 * PAGE, fd: handle.fd, ...others };
  const opened = await openSendfile(silentLog);
  if (opened === undefined) throw new Error('these tests need Linux and a Node with node:ffi');
  sendfile = opened;
});

afterAll(async () => {
  await handle.close();
  await directory[Symbol.asyncDispose]();
});

/** A connection, as its server has it. */
async function accepted(
  server: Server,
  dial: (port: number) => Socket,
): Promise<{ readonly ours: Socket; readonly client: Socket } & Disposable> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = once(
    server,
    server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection',
  );
  const client = dial((server.address() as AddressInfo).port);
  const [ours] = (await connection) as [Socket];
  server.close();
  return {
    ours,
    client,
    [Symbol.dispose]() {
      ours.destroy();
      client.destroy();
    },
  };
}

const plain = () => accepted(createServer(), (port) => connect(port, '127.0.0.1'));

async function received(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('sends from a position as far as the file is in memory', async () => {
  using connection = await plain();
  const { ours, client } = connection;
  expect(sendfile.send(ours, file, 1000, 3 * PAGE)).toBe(PAGE - 1000);
  expect(sendfile.send(ours, file, 7, 10)).toBe(10);
  ours.end();
  expect(await received(client)).toEqual(Buffer.concat([written.subarray(1000), written.subarray(7, 17)]));
});

test('leaves to others what is not in memory, or not there', async () => {
  using connection = await plain();
  const positions = [PAGE, 2 * PAGE + 1, 4 * PAGE, 40 * PAGE];
  expect(positions.map((position) => sendfile.send(connection.ours, file, position, PAGE))).toEqual(
    positions.map(() => undefined),
  );
});

test('leaves alone a socket on which Node has something to write', async () => {
  using connection = await plain();
  const { ours, client } = connection;
  ours.cork();
  ours.write('first');
  expect(sendfile.send(ours, file, 0, 10)).toBe(undefined);
  ours.end();
  expect((await received(client)).toString()).toBe('first');
});

test('a full socket takes nothing and blocks nobody', async () => {
  using connection = await plain();
  let sent: number | undefined;
  for (let calls = 0; calls < 10_000 && sent !== 0; calls += 1)
    sent = sendfile.send(connection.ours, file, 0, PAGE);
  expect(sent).toBe(0);
});

test('there is none, or the wrong one, behind what is closed', async () => {
  using connection = await plain();
  connection.ours.destroy();
  expect(sendfile.send(connection.ours, file, 0, 10)).toBe(undefined);
  expect(sendfile.send(null, file, 0, 10)).toBe(undefined);
  using other = await plain();
  expect(sendfile.send(other.ours, { ...file, fd: -1 }, 0, 10)).toBe(undefined);
});

test('never goes past TLS', async () => {
  const { cert, key } = await issue(await makeCa(), { names: ['127.0.0.1'] });
  const server = createTlsServer({ cert, key });
  server.on('secureConnection', () => undefined);
  using connection = await accepted(server, (port) =>
    connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  );
  expect(sendfile.send(connection.ours, file, 0, 10)).toBe(undefined);
  connection.ours.end('secret');
  expect((await received(connection.client)).toString()).toBe('secret');
});
