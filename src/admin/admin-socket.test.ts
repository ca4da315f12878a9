import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Agent } from 'undici';
import { createLog, silentLog } from '../log/log.ts';
import { adminSocketPath, openAdminSocket } from './admin-socket.ts';
import type { AdminSocket } from './admin-socket.ts';
import { createListener } from '../http/listener.ts';

let directory: string;
let place: string;
const opened: AdminSocket[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admin-'));
  place = join(directory, 'admin.sock');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((socket) => socket.close()));
  await rm(directory, { recursive: true });
});

async function open(says: string, lines: string[] = [], at = directory): Promise<AdminSocket> {
  const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const socket = await openAdminSocket(() => createListener(() => new Response(says)), at, log, {
    retryMs: 5,
  });
  opened.push(socket);
  return socket;
}

async function ask(path = place): Promise<string> {
  const agent = new Agent({ connect: { socketPath: path } });
  try {
    const { body } = await agent.request({ origin: 'http://localhost', path: '/', method: 'GET' });
    return await body.text();
  } finally {
    await agent.destroy();
  }
}

/** A socket whose server was killed. */
async function leaveDead(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
  expect((await lstat(path)).isSocket()).toBe(true);
}

test('only the owner can use it, and nothing else stays beside it', async () => {
  const socket = await open('us');
  const stats = await lstat(place);
  expect([socket.path, stats.isSocket(), stats.mode & 0o777]).toEqual([place, true, 0o600]);
  expect(await ask()).toBe('us');
  expect(await readdir(directory)).toEqual(['admin.sock']);
  await socket.close();
  expect(socket.path).toBeUndefined();
  expect(await readdir(directory)).toEqual([]);
});

test('one that a killed server left is replaced', async () => {
  await leaveDead(place);
  await open('us');
  expect(await ask()).toBe('us');
  expect((await lstat(place)).mode & 0o777).toBe(0o600);
});

test('that of a running server is left alone until that one has gone, and then taken', async () => {
  const first = await open('first');
  const lines: string[] = [];
  const second = await open('second', lines);
  expect([second.path, await ask()]).toEqual([undefined, 'first']);
  expect(lines.join('\n')).toContain('another server on this directory has the admin socket');
  await first.close();
  await expect.poll(() => second.path).toBe(place);
  expect(await ask()).toBe('second');
  expect(lines.filter((line) => line.includes('another server')).length).toBe(1);
});

test('closing takes away our own socket and nobody else’s', async () => {
  const first = await open('first');
  await rm(place);
  await open('second');
  await first.close();
  expect(await ask()).toBe('second');
});

test('closing ends the waiting for another server', async () => {
  const first = await open('first');
  const second = await open('second');
  await second.close();
  await first.close();
  expect(second.path).toBeUndefined();
  expect(await readdir(directory)).toEqual([]);
});

test.each(['nothing', 'a dead socket'])(
  'of many that start at once over %s, one is there',
  async (before) => {
    if (before === 'a dead socket') await leaveDead(place);
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => open(String(index))));
    await expect.poll(() => all.some(({ path }) => path !== undefined)).toBe(true);
    expect(Number(await ask())).toBeLessThan(8);
    await Promise.all(all.map((socket) => socket.close()));
    expect(await readdir(directory)).toEqual([]);
  },
);

describe('what has its name and is no socket is left alone, with a warning', () => {
  test('a file', async () => {
    await writeFile(place, 'text');
    const lines: string[] = [];
    const socket = await open('us', lines);
    expect([socket.path, await readFile(place, 'utf8')]).toEqual([undefined, 'text']);
    expect(lines.join('\n')).toMatch(/WARN .*something else has its name/);
  });

  test('a directory', async () => {
    await mkdir(place);
    expect((await open('us')).path).toBeUndefined();
    expect(await readdir(directory)).toEqual(['admin.sock']);
  });
});

describe('a path that is too long for a socket', () => {
  test.each([
    ['the longest that is not', 95, true],
    ['one byte more', 96, false],
  ])('%s', async (_, length, fits) => {
    const deep = join(directory, 'x'.repeat(length - directory.length - 1));
    await mkdir(deep);
    const lines: string[] = [];
    const socket = await open('us', lines, deep);
    expect(Buffer.byteLength(deep)).toBe(length);
    expect([adminSocketPath(deep) !== undefined, socket.path !== undefined]).toEqual([fits, fits]);
    if (fits) expect(await ask(join(deep, 'admin.sock'))).toBe('us');
    else expect(lines.join('\n')).toMatch(/WARN .*the image path is too long/);
  });
});

test('a directory that is gone costs the socket and not the server', async () => {
  const socket = await openAdminSocket(
    () => createListener(() => new Response('')),
    join(directory, 'gone'),
    silentLog,
  );
  expect(socket.path).toBeUndefined();
  await socket.close();
});
