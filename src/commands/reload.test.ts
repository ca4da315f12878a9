// Reloading as an operator sees it: a process, its file, SIGHUP, and what it says on stderr.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
type Child = ChildProcessByStdio<null, Readable, Readable>;

let directory = '';
let file = '';
let child: Child | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reload-'));
  file = join(directory, 'config.yaml');
});
afterEach(async () => {
  if (child !== undefined) {
    const ended = new Promise((resolve) => child?.on('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    child = undefined;
  }
  rmSync(directory, { recursive: true });
});

interface Server {
  readonly url: string;
  /** All that it has said on stderr. */
  said(): string;
}

/** A server that has said `ready`. */
async function serve(...args: readonly string[]): Promise<Server> {
  const base = ['--host', '127.0.0.1', '--port', '0', '--log-level', 'info', '--config-path', file];
  child = spawn(process.execPath, [main, ...base, '--image-path', join(directory, 'images'), ...args], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let url = '';
  for await (const line of createInterface(child.stdout)) {
    url = /^listening on\s+(\S+)/.exec(line)?.[1] ?? url;
    if (line === 'ready') break;
  }
  return { url, said: () => stderr };
}

const leadingTo = (url: string): string => `
registries:
  - name: reg.test
    scheme: http
    endpoints: [{ url: '${url}' }]
    revalidate: never
`;

async function status({ url }: Server, tag: string): Promise<number> {
  const response = await fetch(`${url}/v2/app/manifests/${tag}?ns=reg.test`);
  await response.body?.cancel();
  return response.status;
}

test('a change of the file, and then a file that is broken', async () => {
  await using one = await startMock();
  await using two = await startMock();
  one.addImage('app', 'one');
  two.addImage('app', 'two');
  writeFileSync(file, leadingTo(one.url));
  const server = await serve();
  expect(await status(server, 'one')).toBe(200);

  writeFileSync(`${file}.new`, `${leadingTo(two.url)}max_fills: 3\n`);
  renameSync(`${file}.new`, file);
  await expect.poll(() => status(server, 'two'), { timeout: 10_000 }).toBe(200);
  expect(server.said()).toMatch(/these settings have changed and need a restart .*max_fills/);

  writeFileSync(file, `${leadingTo(one.url)}    color: red\nprot: 1\n`);
  await expect.poll(() => server.said(), { timeout: 10_000 }).toContain('prot');
  const errors = server
    .said()
    .split('\n')
    .filter((line) => line.includes('not reloaded'));
  expect(errors.map((line) => /config\.yaml:(\d+:\d+: unknown key \w+)/.exec(line)?.[1])).toEqual([
    '7:5: unknown key color',
    '8:1: unknown key prot',
  ]);
  two.addImage('app', 'three');
  expect(await status(server, 'three')).toBe(200);
});

test('SIGHUP', async () => {
  await using mock = await startMock();
  mock.addImage('app', 'one');
  writeFileSync(file, leadingTo('http://127.0.0.1:1'));
  const server = await serve();
  expect(await status(server, 'one')).toBeGreaterThanOrEqual(500);
  writeFileSync(file, leadingTo(mock.url));
  child?.kill('SIGHUP');
  await expect.poll(() => status(server, 'one'), { timeout: 10_000 }).toBe(200);
  expect(server.said()).toContain('SIGHUP');
});

test('SIGHUP to a server without a file changes nothing', async () => {
  writeFileSync(file, '');
  const server = await serve();
  child?.kill('SIGHUP');
  await expect.poll(() => server.said(), { timeout: 10_000 }).toContain('configuration reloaded');
  expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
});
