// How blobs leave: with sendfile and without it, clients get the same bytes and the same headers, whatever they do.
import { access, rename, readdir, readlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BlobOptions, MadeBlob } from '../mock/index.ts';
import { defaultConfig } from '../src/config/config.ts';
import type { SendfileMode } from '../src/config/config.ts';
import { startServer } from '../src/http/server.ts';
import type { RunningServer } from '../src/http/server.ts';
import { silentLog } from '../src/log/log.ts';
import { digestHex } from '../src/oci/digest.ts';
import { samples } from './admin-client.ts';
import { Conversation } from './conversation.ts';
import type { RawAnswer } from './conversation.ts';
import { openFrontDoor, plainEntry, sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const MIB = 1024 * 1024;
/** More than the kernel holds for a client that takes nothing. */
const LARGE = 16 * MIB;

let door: FrontDoor;
let large: MadeBlob;
let middle: MadeBlob;
const servers = new Map<SendfileMode, RunningServer>();

beforeAll(async () => {
  door = await openFrontDoor();
  large = await cached({ size: LARGE });
  middle = await cached({ size: 3 * MIB + 1 });
  for (const mode of ['auto', 'off'] as const) servers.set(mode, await started(mode));
});

afterAll(async () => {
  await Promise.all([...servers.values()].map((server) => server.close(0)));
  await door[Symbol.asyncDispose]();
});

async function cached(content: BlobOptions): Promise<MadeBlob> {
  const blob = door.mock.addBlob('app', content);
  await door.get(`/v2/app/blobs/${blob.digest}`);
  // The last bytes go out before the file has its name.
  await vi.waitFor(() => access(pathOf(blob)), { timeout: 10_000 });
  return blob;
}

function pathOf({ digest }: MadeBlob): string {
  return join(door.imagePath, 'blobs', digestHex(digest));
}

function started(sendfile: SendfileMode): Promise<RunningServer> {
  const where = { host: '127.0.0.1', port: 0, metricsPort: 0, imagePath: door.imagePath };
  return startServer(
    { ...defaultConfig, ...where, sendfile, registries: [plainEntry(door.mock.host)] },
    silentLog,
  );
}

function portOf(mode: SendfileMode): number {
  return servers.get(mode)?.port ?? 0;
}

/** A request for a blob. */
function ask({ digest }: MadeBlob, headers: readonly string[] = [], method = 'GET', version = '1.1'): string {
  const lines = [
    `${method} /v2/app/blobs/${digest}?ns=${door.mock.host} HTTP/${version}`,
    'Host: a',
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function sentBytes(mode: SendfileMode): Promise<Readonly<Record<'sendfile' | 'read', number>>> {
  const counted = samples(await (await fetch(servers.get(mode)?.metricsUrl ?? '')).text());
  const of = (way: string): number => counted.get(`ociregistry_blob_sent_bytes_total{way="${way}"}`) ?? NaN;
  return { sendfile: of('sendfile'), read: of('read') };
}

/** Descriptors of a blob's file that this process, with all its servers, holds. */
async function openFiles({ digest }: MadeBlob): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')));
  return paths.filter((path) => path.includes(digestHex(digest))).length;
}

/** What can be compared of an answer: a boundary is random. */
function told({ head, body }: RawAnswer): readonly [string, string] {
  const boundary = /boundary=([0-9a-f]+)/.exec(head)?.[1];
  if (boundary === undefined) return [head, sha256(body)];
  const same = Buffer.from(body.toString('latin1').replaceAll(boundary, 'B'), 'latin1');
  return [head.replace(boundary, 'B'), sha256(same)];
}

interface Row {
  readonly name: string;
  /** Says what it wants to say and returns the answers. */
  readonly talk: (client: Conversation) => Promise<readonly RawAnswer[]>;
  /** The bodies of the answers, where they are plain bytes of a blob. */
  readonly bodies?: () => readonly Buffer[];
  readonly turns?: number;
}

const whole = (): Buffer => large.bytes();
const rows: readonly Row[] = [
  {
    name: 'a whole blob',
    talk: async (client) => {
      client.say(ask(large));
      return [await client.answer()];
    },
    bodies: () => [whole()],
  },
  {
    name: 'ranges that fit no page, one after the other on one connection',
    talk: async (client) => {
      const answers: RawAnswer[] = [];
      for (const range of ['1-3000000', '4097-', '-100001', '12345678-12345678']) {
        client.say(ask(large, [`Range: bytes=${range}`]));
        answers.push(await client.answer());
      }
      return answers;
    },
    bodies: () => [
      whole().subarray(1, 3_000_001),
      whole().subarray(4097),
      whole().subarray(-100_001),
      whole().subarray(12_345_678, 12_345_679),
    ],
  },
  {
    name: 'several ranges at once',
    talk: async (client) => {
      client.say(ask(large, ['Range: bytes=5-2000000,3000000-6000000,-70000']), ask(middle));
      return [await client.answer(), await client.answer()];
    },
  },
  {
    name: 'HEAD, then the whole, then HEAD again',
    talk: async (client) => {
      const answers: RawAnswer[] = [];
      for (const method of ['HEAD', 'GET', 'HEAD']) {
        client.say(ask(middle, [], method));
        answers.push(await client.answer(method));
      }
      return answers;
    },
    bodies: () => [Buffer.alloc(0), middle.bytes(), Buffer.alloc(0)],
  },
  {
    name: 'pipelined requests are answered in their order',
    talk: async (client) => {
      const range = ask(large, ['Range: bytes=100-5000000']);
      client.say(
        ask(middle),
        ask(middle, [], 'HEAD'),
        range,
        ask(large),
        'GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n',
      );
      const answers: RawAnswer[] = [];
      for (const method of ['GET', 'HEAD', 'GET', 'GET', 'GET']) answers.push(await client.answer(method));
      return answers;
    },
    bodies: () => [
      middle.bytes(),
      Buffer.alloc(0),
      whole().subarray(100, 5_000_001),
      whole(),
      Buffer.from('{}'),
    ],
  },
  {
    name: 'Expect: 100-continue',
    talk: async (client) => {
      client.say(ask(middle, ['Expect: 100-continue']));
      return [await client.answer(), await client.answer()];
    },
    bodies: () => [Buffer.alloc(0), middle.bytes()],
  },
  {
    name: 'HTTP/1.0, and the connection ends after the body',
    talk: async (client) => {
      client.say(ask(large, [], 'GET', '1.0'));
      const answer = await client.answer();
      expect(await client.rest()).toBe(0);
      return [answer];
    },
    bodies: () => [whole()],
  },
  {
    name: 'a client that reads slowly',
    talk: async (client) => {
      client.say(ask(large), ask(middle));
      return [await client.answer(), await client.answer()];
    },
    bodies: () => [whole(), middle.bytes()],
    turns: 5,
  },
];

describe('the same with sendfile and without', () => {
  test.each(rows)('$name', async ({ talk, bodies, turns = 0 }) => {
    const answers = { auto: [] as readonly RawAnswer[], off: [] as readonly RawAnswer[] };
    for (const mode of ['auto', 'off'] as const) {
      using client = new Conversation(portOf(mode), { turns });
      answers[mode] = await talk(client);
    }
    expect(answers.auto.map(told)).toEqual(answers.off.map(told));
    if (bodies !== undefined) {
      expect(answers.auto.map(({ body }) => sha256(body))).toEqual(bodies().map(sha256));
    }
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 2 * MIB])('a blob of %i bytes', async (size) => {
    const blob = await cached({ size });
    const told: unknown[] = [];
    for (const mode of ['auto', 'off'] as const) {
      using client = new Conversation(portOf(mode));
      client.say(ask(blob), ask(blob));
      const [first, second] = [await client.answer(), await client.answer()];
      expect([sha256(first.body), sha256(second.body)]).toEqual([blob.digest, blob.digest]);
      told.push(first.head);
    }
    expect(told[0]).toBe(told[1]);
  });

  test('eight clients at once', async () => {
    for (const mode of ['auto', 'off'] as const) {
      const pulls = Array.from({ length: 8 }, async () => {
        using client = new Conversation(portOf(mode));
        client.say(ask(large));
        return sha256((await client.answer()).body);
      });
      expect(new Set(await Promise.all(pulls))).toEqual(new Set([large.digest]));
    }
  });
});

test('sendfile is what sends most of it, and nothing where it is off', async () => {
  const before = await sentBytes('auto');
  using client = new Conversation(portOf('auto'));
  client.say(ask(large));
  await client.answer();
  const after = await sentBytes('auto');
  expect(after.sendfile + after.read - before.sendfile - before.read).toBe(LARGE);
  expect(after.sendfile - before.sendfile).toBeGreaterThan(LARGE / 2);
  const off = await sentBytes('off');
  expect([off.sendfile, off.read > 0]).toEqual([0, true]);
});

describe.each(['auto', 'off'] as const)('with sendfile %s', (mode) => {
  test.each<{ name: string; requests: number; leave: (client: Conversation) => unknown }>([
    { name: 'reset', requests: 1, leave: ({ socket }) => socket.resetAndDestroy() },
    { name: 'closed', requests: 1, leave: ({ socket }) => socket.destroy() },
    {
      name: 'reset with more requests in line',
      requests: 12,
      leave: ({ socket }) => socket.resetAndDestroy(),
    },
    // Node takes a client that will say no more for one that has gone, and so do we.
    { name: 'closed by half', requests: 1, leave: (client) => (client.socket.end(), client.rest()) },
  ])('a connection that is $name in the midst of a body leaves no file open', async ({ leave, requests }) => {
    const blob = await cached({ size: LARGE });
    const client = new Conversation(portOf(mode));
    client.say(...Array.from({ length: requests }, () => ask(blob)));
    await client.head();
    await client.take(MIB);
    expect(await openFiles(blob)).toBeGreaterThan(0);
    leave(client);
    await expect.poll(() => openFiles(blob), { timeout: 10_000 }).toBe(0);
    using next = new Conversation(portOf(mode));
    next.say(ask(blob));
    expect(sha256((await next.answer()).body)).toBe(blob.digest);
  });

  test('all who follow a download get it as it comes, and from one request upstream', async () => {
    const blob = door.mock.addBlob('app', { size: LARGE });
    door.mock.on({ operation: 'blobGet' }).always().throttle(LARGE);
    const before = await sentBytes(mode);
    const clients = Array.from({ length: 5 }, () => new Conversation(portOf(mode)));
    for (const client of clients) client.say(ask(blob));
    const answers = await Promise.all(clients.map((client) => client.answer()));
    door.mock.behave();
    expect(answers.map(({ body }) => sha256(body))).toEqual(clients.map(() => blob.digest));
    expect(door.mock.requests.filter(({ url }) => url.includes(blob.digest)).length).toBe(1);
    const after = await sentBytes(mode);
    const [sendfile, read] = [after.sendfile - before.sendfile, after.read - before.read];
    expect(sendfile + read).toBe(5 * LARGE);
    expect(sendfile > read).toBe(mode === 'auto');
    for (const { socket } of clients) socket.destroy();
  });

  test('a file that becomes shorter beneath a body never makes it end cleanly', async () => {
    const blob = await cached({ size: LARGE });
    using client = new Conversation(portOf(mode));
    client.say(ask(blob));
    await client.head();
    await client.take(1);
    await truncate(pathOf(blob), MIB);
    expect(await client.rest()).toBeLessThan(LARGE - 1);
  });

  test('what is not in memory comes from the disk', async () => {
    const blob = await cached({ bytes: Buffer.alloc(6 * MIB) });
    // The same bytes, as a hole: not one of its pages is in memory until it has been read.
    const path = pathOf(blob);
    await writeFile(`${path}.hole`, '');
    await truncate(`${path}.hole`, 6 * MIB);
    await rename(`${path}.hole`, path);
    using client = new Conversation(portOf(mode));
    client.say(ask(blob));
    expect(sha256((await client.answer()).body)).toBe(blob.digest);
  });
});
