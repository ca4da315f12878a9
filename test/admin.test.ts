// The admin API and its commands: what a running server says of its upstreams, and of what it had to refuse.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLog } from '../src/log/log.ts';
import { askAdmin, command } from './admin-client.ts';
import { FrontDoor, openFrontDoor, temporaryDirectory } from './front-door.ts';

const socketOf = (door: FrontDoor): string => join(door.imagePath, 'admin.sock');

describe('the socket', () => {
  test('is there while the server runs, for its owner alone, and harms nobody who looks at the directory', async () => {
    await using door = await openFrontDoor();
    const stats = await lstat(socketOf(door));
    expect([stats.isSocket(), stats.mode & 0o777]).toEqual([true, 0o600]);
    expect(await command('list', '--json', '--image-path', door.imagePath)).toMatchObject({ stdout: '[]\n' });
    await door.restart();
    expect((await askAdmin(socketOf(door), '/healthz')).text).toBe('ok\n');
    await door.stop();
    expect((await readdir(door.imagePath)).filter((name) => name.includes('sock'))).toEqual([]);
  });

  test('that a killed server left, in a directory without anything else, is replaced', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'admin.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    await using door = await openFrontDoor({ imagePath: directory.path });
    expect((await askAdmin(socketOf(door), '/healthz')).status).toBe(200);
  });

  test('stays with the first of two servers on a directory, and the second says so', async () => {
    await using door = await openFrontDoor();
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line) });
    const second = new FrontDoor(door.mock, door.imagePath, { log });
    await second.start();
    expect(lines.join('\n')).toContain('another server on this directory has the admin socket');
    expect((await second.raw('/v2/')).status).toBe(200);
    await second.stop();
    expect((await askAdmin(socketOf(door), '/healthz')).status).toBe(200);
  });
});

describe('answers', () => {
  test.each([
    ['an unknown path', '/admin/v1/none', 'GET', 404, 'NAME_UNKNOWN'],
    ['the distribution API', '/v2/', 'GET', 404, 'NAME_UNKNOWN'],
    ['a verb that writes', '/admin/v1/missed', 'DELETE', 405, 'UNSUPPORTED'],
  ])('%s in the shape of the specification', async (_, path, method, status, code) => {
    await using door = await openFrontDoor();
    const answer = await askAdmin(socketOf(door), path, method);
    expect([answer.status, answer.contentType]).toEqual([status, 'application/json']);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code }] });
  });

  test('are not had where clients pull', async () => {
    await using door = await openFrontDoor();
    for (const path of ['/admin/v1/upstreams', '/admin/v1/missed', '/admin/v1/version', '/metrics']) {
      expect((await door.raw(path)).status).toBe(404);
    }
  });

  test('the version, the directory and the start', async () => {
    await using door = await openFrontDoor({ clock: () => new Date(0) });
    const { text } = await askAdmin(socketOf(door), '/admin/v1/version');
    expect(JSON.parse(text)).toMatchObject({
      imagePath: door.imagePath,
      started: '1970-01-01T00:00:00.000Z',
    });
  });
});

describe('`upstreams`', () => {
  test('shows each endpoint that was asked: what it said, what it holds, what went wrong', async () => {
    const user = 'robot';
    await using door = await openFrontDoor(
      { entry: { auth: { user, password: 'canary-4711' }, timeouts: { headerMs: 200 } } },
      { auth: { scheme: 'bearer', users: { [user]: 'canary-4711' } }, rateLimit: { limit: 100 } },
    );
    door.mock.addImage('app', 'v1');
    const imagePath = ['--image-path', door.imagePath];
    expect((await command('upstreams', ...imagePath)).stdout).toBe(
      'no upstream has been asked since the server started\n',
    );
    await door.get('/v2/app/manifests/v1');
    const well = await command('upstreams', ...imagePath);
    expect([well.status, well.stderr]).toEqual([0, '']);
    const [titles, row] = well.stdout.split('\n');
    expect(titles).toMatch(/^REGISTRY +ENDPOINT +STATE +LAST ERROR +RATE LIMIT +TOKEN +FETCHED +REQUESTS$/);
    expect(row).toContain(door.mock.host);
    expect(row).toMatch(/ - +reachable +- +\d+\/100\S* .*in \d+[smhd] +\d+(\.\d+)? k?B +\d+$/);

    door.mock.connections.weather = 'silent';
    for (let ask = 0; ask < 3; ask += 1) await door.get(`/v2/app/manifests/dark${ask}`);
    const dark = await command('upstreams', ...imagePath);
    expect(dark.stdout).toMatch(/ dark since \d{4}-\S+Z \((now|\S+ ago)\) /);
    const { stdout: json } = await command('upstreams', '--json', ...imagePath);
    expect(JSON.parse(json)).toMatchObject([
      {
        registry: door.mock.host,
        configured: true,
        endpoint: `${door.mock.url}/`,
        state: 'open',
        answered: true,
        rateLimit: { limit: 100 },
        tokenExpiry: { earliest: expect.stringMatching(/Z$/) as string },
      },
    ]);
    for (const { stdout } of [well, dark, { stdout: json }]) {
      const secrets = ['canary-4711', ...(door.mock.tokens?.issued ?? [])];
      expect(secrets.filter((secret) => stdout.includes(secret))).toEqual([]);
    }
  });

  test('shows what credentials that are refused mean, and nothing of them', async () => {
    const password = 'canary-4711';
    const encoded = Buffer.from(`robot:${password}`).toString('base64');
    await using door = await openFrontDoor({ entry: { auth: { user: 'robot', password } } });
    // It repeats what it was told, and writes to the terminal.
    door.mock
      .on({ operation: 'manifestGet' })
      .always()
      .status(401, {
        headers: { 'WWW-Authenticate': 'Basic realm="x"' },
        body: `{"errors":[{"code":"UNAUTHORIZED","message":"\\u001b[2Jno"}]}`,
      });
    await door.get('/v2/app/manifests/v1');
    const { stdout } = await command('upstreams', '--image-path', door.imagePath);
    expect(stdout).toMatch(/ reachable +401/);
    expect(stdout).not.toContain('\u001b');
    const { stdout: json } = await command('upstreams', '--json', '--image-path', door.imagePath);
    expect(json).toContain('it refused the credentials that are configured for it');
    for (const secret of [password, encoded]) expect(stdout + json).not.toContain(secret);
  });

  test('says in one line when no server runs on the directory', async () => {
    await using directory = await temporaryDirectory();
    const stderr = `ociregistry: no server runs on ${directory.path}; start one, or name its directory with --image-path\n`;
    const before = await command('upstreams', '--image-path', directory.path);
    expect(before).toEqual({ status: 1, stdout: '', stderr });
    expect(await readdir(directory.path)).toEqual([]);
  });
});

describe('`missed`', () => {
  test('is live while a server runs, and the file’s when none does', async () => {
    await using door = await openFrontDoor();
    await door.mock.stop();
    await door.get('/v2/app/manifests/v1');
    await door.get('/v2/app/manifests/v1');
    const imagePath = ['--image-path', door.imagePath];
    const reference = `${door.mock.host}/app:v1`;
    const live = await command('missed', '--json', ...imagePath);
    expect(JSON.parse(live.stdout)).toMatchObject([{ reference, kind: 'manifest', count: 2 }]);
    expect((await command('missed', '--list', ...imagePath)).stdout).toBe(`${reference}\n`);
    await door.stop();
    expect(await command('missed', '--json', ...imagePath)).toEqual(live);
  });
});
