// `mirror --stay`: a process that keeps a node's files as they are to be, and what it leaves behind.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './front-door.ts';
import { Running } from './loading.ts';

const server = 'http://10.0.0.5:8080';

async function node() {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const config = join(directory.path, 'config.toml');
  writeFileSync(config, 'version = 3\n');
  return { path: directory.path, config, hosts: join(directory.path, 'certs.d/_default/hosts.toml') };
}

function mirror(directory: string, ...args: readonly string[]): Running {
  const running = new Running(['mirror', 'containerd', '--dir', directory, '--server', server, ...args]);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  return running;
}

async function until(running: Running, condition: () => boolean): Promise<void> {
  while (!condition()) {
    expect([running.child.exitCode, running.stderr]).toEqual([null, '']);
    await sleep(10);
  }
}

test('what goes missing is written again; stopped, it leaves everything as it is', async () => {
  const { path, hosts } = await node();
  const staying = mirror(path, '--stay', '20ms');
  await until(staying, () => staying.stdout.includes('wrote'));
  rmSync(hosts);
  await until(staying, () => existsSync(hosts));
  staying.child.kill('SIGTERM');
  expect(await staying.ended).toMatchObject({ status: 0, stderr: '' });
  expect(await readFile(hosts, 'utf8')).toContain(server);
});

test('--then-undo takes it back, byte for byte', async () => {
  const { path, config, hosts } = await node();
  const staying = mirror(path, '--stay', '1h', '--then-undo');
  await until(staying, () => staying.stdout.includes('wrote'));
  expect(await readFile(config, 'utf8')).toContain('config_path');
  staying.child.kill('SIGTERM');
  expect(await staying.ended).toMatchObject({ status: 0, stderr: '' });
  expect(await readFile(config, 'utf8')).toBe('version = 3\n');
  expect(existsSync(hosts)).toBe(false);
});

test('--undo --stay is content with nothing to undo', async () => {
  const { path } = await node();
  const staying = mirror(path, '--undo', '--stay', '20ms');
  await until(staying, () => staying.stdout.includes('nothing to change'));
  staying.child.kill('SIGTERM');
  expect(await staying.ended).toMatchObject({ status: 0, stdout: 'nothing to change\n', stderr: '' });
});

test('a file that it cannot understand ends it, with a message', async () => {
  const { path, config } = await node();
  const staying = mirror(path, '--stay', '20ms');
  await until(staying, () => staying.stdout.includes('wrote'));
  writeFileSync(config, 'version = [');
  const { status, stderr } = await staying.ended;
  expect([status, stderr]).toEqual([1, expect.stringContaining(config)]);
});

test('a renewed certificate is copied again', async () => {
  const { path, hosts } = await node();
  const ca = join(path, 'elsewhere.pem');
  writeFileSync(ca, 'one\n');
  const tls = ['--server', 'https://10.0.0.5:8443', '--ca', ca, '--copy-certificates'];
  const staying = mirror(path, ...tls, '--stay', '20ms', '--then-undo');
  const copy = join(path, 'certs.d/10.0.0.5:8443/ca.crt');
  await until(staying, () => staying.stdout.includes('hosts.toml'));
  expect(await readFile(hosts, 'utf8')).toContain(`ca = "${copy}"`);
  expect(await readFile(copy, 'utf8')).toBe('one\n');
  writeFileSync(ca, 'two\n');
  await until(staying, () => staying.stdout.split(copy).length > 2);
  expect(await readFile(copy, 'utf8')).toBe('two\n');
  staying.child.kill('SIGTERM');
  expect(await staying.ended).toMatchObject({ status: 0, stderr: '' });
  expect(existsSync(join(path, 'certs.d'))).toBe(false);
});

test.each([
  [['--dry-run', '--stay', '1m'], '--dry-run and --stay'],
  [['--then-undo'], '--then-undo needs --stay'],
  [['--stay', 'soon'], 'Write a duration'],
])('%j is refused', async (args, message) => {
  const { path } = await node();
  const { status, stderr } = await mirror(path, ...args).ended;
  expect(status).not.toBe(0);
  expect(stderr).toContain(message);
});
