// Stopping and reloading a server by command, and what the commands do when there is none, or none that they can ask.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { askAdmin, command } from './admin-client.ts';
import { openFrontDoor, sha256, temporaryDirectory } from './front-door.ts';
import { openLoading } from './loading.ts';
import type { Loading, Running } from './loading.ts';

/** A server in a process of its own, that is ready. */
async function serve(loading: Loading): Promise<Running & { readonly url: string }> {
  const running = await loading.start(['serve', '--host', '127.0.0.1', '--port', '0', '--log-level', 'info']);
  await expect.poll(() => running.stdout, { timeout: 20_000 }).toMatch(/^ready$/m);
  return Object.assign(running, { url: /^listening on +(\S+)$/m.exec(running.stdout)?.[1] ?? '' });
}

describe('`stop`', () => {
  test('lets pulls finish, and ends when the server has', async () => {
    await using loading = await openLoading();
    const blob = loading.mock.addBlob('app', { size: 300_000 });
    const gate = loading.mock.on({ digest: blob.digest }).once().holdAt(100_000);
    const server = await serve(loading);
    const pull = await request(`${server.url}/v2/app/blobs/${blob.digest}?ns=${loading.mock.host}`);
    await gate.reached;
    const stopping = await loading.start(['stop']);
    await expect
      .poll(() => stopping.stdout, { timeout: 20_000 })
      .toMatch(/^stopping; .* for 30 s at the most\n$/);
    // Others may have the place already, and see that nobody is there.
    await expect.poll(() => access(join(loading.imagePath, 'admin.sock')).catch(() => 'gone')).toBe('gone');
    gate.release();
    expect(sha256(Buffer.from(await pull.body.arrayBuffer()))).toBe(blob.digest);
    expect(await stopping.ended).toMatchObject({ status: 0, stderr: '' });
    expect(stopping.stdout).toMatch(/\nstopped\n$/);
    expect((await server.ended).status).toBe(0);
    expect(server.stderr).toContain('the admin API');
  });

  test('says in one line when there is nothing to stop', async () => {
    await using directory = await temporaryDirectory();
    expect(await command('stop', '--image-path', directory.path)).toEqual({
      status: 1,
      stdout: '',
      stderr: `ociregistry: no server runs on ${directory.path}; start one, or name its directory with --image-path\n`,
    });
  });
});

test('`reload` reads the file again, or says what is wrong with it', async () => {
  await using loading = await openLoading();
  const server = await serve(loading);
  const again = async (settings: string) => {
    await loading.file('config.yaml', settings);
    return command('reload', '--image-path', loading.imagePath);
  };
  expect(await again('registries: [{ name: a.test }, { name: b.test }]\nport: 1')).toEqual({
    status: 0,
    stdout: 'reloaded, 2 registries configured\n',
    stderr: '',
  });
  expect((await again('registries: []\nmax_fills: 7')).stdout).toBe(
    'reloaded, 0 registries configured; only a restart brings max_fills\n',
  );
  const { status, stderr } = await again('registries: 7\nprot: 8');
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^ociregistry: the server: not reloaded: .*config\.yaml:1:13: .*; .*config\.yaml:2:1: .*\n$/,
    ),
  ]);
  server.child.kill('SIGTERM');
  await server.ended;
});

test('a server that was killed is none: the files are read', async () => {
  await using loading = await openLoading();
  loading.mock.addImage('app', 'v1');
  const server = await serve(loading);
  expect((await loading.load(loading.name('app:v1'))).status).toBe(0);
  server.child.kill('SIGKILL');
  await server.ended;
  await access(join(loading.imagePath, 'admin.sock'));
  const place = ['--image-path', loading.imagePath];
  expect(await command('verify', '--all', ...place)).toMatchObject({ status: 0, stderr: '' });
  expect((await loading.load(loading.name('app:v1'))).stdout).toContain('present');
  expect((await command('upstreams', ...place)).stderr).toContain('no server runs on');
});

describe('a server of another version', () => {
  test.each([
    [
      'that knows no such path',
      404,
      { errors: [{ code: 'NAME_UNKNOWN', message: 'there is no such endpoint' }] },
    ],
    [
      'that does nothing but GET',
      405,
      { errors: [{ code: 'UNSUPPORTED', message: 'nothing here does POST' }] },
    ],
  ])('%s leaves the commands to the files, and they say so', async (_, status, body) => {
    await using directory = await temporaryDirectory();
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
    await once(server.listen(join(directory.path, 'admin.sock')), 'listening');
    const place = ['--image-path', directory.path];
    const note = `ociregistry: the server on ${directory.path} is of another version, and does not do this`;
    expect(await command('list', ...place)).toEqual({
      status: 0,
      stdout: `nothing is cached in ${directory.path}\n`,
      stderr: `${note}; it is done on the files\n`,
    });
    expect(await command('stop', ...place)).toEqual({ status: 1, stdout: '', stderr: `${note}\n` });
    server.closeAllConnections();
    server.close();
  });
});

test('an answer that breaks off is no whole one', async () => {
  await using directory = await temporaryDirectory();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write('{"event":"image","image":{"image":"a.test/b:c","complete":true,"faults":[]}}\n', () =>
      response.destroy(),
    );
  });
  await once(server.listen(join(directory.path, 'admin.sock')), 'listening');
  expect(await command('verify', 'a.test/b:c', '--image-path', directory.path)).toEqual({
    status: 1,
    stdout: '',
    stderr: `ociregistry: the server on ${directory.path} broke off its answer\n`,
  });
  server.close();
});

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test.runIf(process.getuid?.() === 0)('whoever may not use the socket is told who may', async () => {
  await using directory = await temporaryDirectory();
  const imagePath = join(directory.path, 'images');
  await mkdir(imagePath);
  await using _door = await openFrontDoor({ imagePath });
  // The socket's own mode is what keeps them out.
  for (const path of [directory.path, imagePath]) await chmod(path, 0o755);
  const child = spawn(process.execPath, [main, 'list', '--image-path', imagePath], {
    env: {},
    uid: 65534,
    gid: 65534,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  expect([status, stderr]).toEqual([
    1,
    `ociregistry: this user may not use ${join(imagePath, 'admin.sock')}; run it as the server's user or as root\n`,
  ]);
});

describe('operations', () => {
  test('refresh tells what is cached, with what others have written', async () => {
    await using loading = await openLoading();
    const { blobs } = loading.mock.addImage('app', 'v1');
    await using door = await loading.beside();
    const refresh = () => askAdmin(join(door.imagePath, 'admin.sock'), '/admin/v1/refresh', 'POST');
    expect(JSON.parse((await refresh()).text)).toEqual({ manifests: 0, blobs: 0 });
    await loading.load(loading.name('app:v1'), ['--direct']);
    expect(JSON.parse((await refresh()).text)).toEqual({ manifests: 1, blobs: blobs.length });
  });

  test('paths of the server’s files are taken from nobody', async () => {
    await using door = await openFrontDoor();
    const socket = join(door.imagePath, 'admin.sock');
    await writeFile(join(door.imagePath, 'list.txt'), 'a.test/b:c');
    for (const body of [{ list: join(door.imagePath, 'list.txt') }, { images: ['/etc/passwd'] }]) {
      expect((await askAdmin(socket, '/admin/v1/verify', 'POST', body)).status).toBe(400);
    }
  });
});
