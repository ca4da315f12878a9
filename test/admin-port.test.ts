// The admin API over TCP: opened by the token of now, and by nothing else.
import { chmod, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLog } from '../src/log/log.ts';
import { command } from './admin-client.ts';
import { openFrontDoor, temporaryDirectory } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const token = 'canary-0123456789abcdef0123456789abcdef';

interface Opened {
  readonly door: FrontDoor;
  readonly file: string;
  readonly lines: readonly string[];
}

async function open(mode = 0o600): Promise<Opened> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'token');
  await writeFile(file, `${token}\n`);
  await chmod(file, mode);
  const lines: string[] = [];
  const log = createLog({ level: 'trace', format: 'text', write: (line) => lines.push(line) });
  const door = await openFrontDoor({ log, config: { adminPort: 0, adminTokenFile: file } });
  onTestFinished(async () => {
    await door[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return { door, file, lines };
}

async function ask(door: FrontDoor, authorization?: string, path = '/admin/v1/version') {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const answer = await request(`${door.adminUrl}${path}`, { headers });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

test.each([
  ['nothing', undefined],
  ['another word', `Bearer ${'x'.repeat(40)}`],
  ['the beginning of it', `Bearer ${token.slice(0, -1)}`],
  ['more than it', `Bearer ${token}x`],
  ['another case of it', `Bearer ${token.toUpperCase()}`],
  ['it alone', token],
  ['another scheme', `Basic ${Buffer.from(`a:${token}`).toString('base64')}`],
  ['two words', `Bearer x ${token}`],
])('%s does not open it', async (_, authorization) => {
  const { door, lines } = await open();
  for (const path of ['/admin/v1/version', '/admin/v1/images', '/metrics', '/healthz', '/none']) {
    const { status, headers, text } = await ask(door, authorization, path);
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="ociregistry admin"']);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
  }
  expect(lines.join('\n')).not.toContain('canary');
});

test('the token opens it, and shows nowhere', async () => {
  const { door, lines } = await open();
  expect(door.adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  for (const authorization of [`Bearer ${token}`, `bearer  ${token}`]) {
    const { status, text } = await ask(door, authorization);
    expect([status, text.includes('canary')]).toEqual([200, false]);
  }
  expect(lines.filter((line) => /canary|everybody/.test(line))).toEqual([]);
});

test('a new token holds at once, and the old one no more; without a file nobody is let in', async () => {
  const { door, file, lines } = await open();
  const next = 'f'.repeat(64);
  await writeFile(file, next);
  expect((await ask(door, `Bearer ${token}`)).status).toBe(401);
  expect((await ask(door, `Bearer ${next}`)).status).toBe(200);
  await writeFile(file, 'short');
  for (const word of ['short', next]) expect((await ask(door, `Bearer ${word}`)).status).toBe(401);
  expect(lines.join('\n')).toContain('nobody is let in over TCP');
  await rm(file);
  for (const word of ['', next]) expect((await ask(door, `Bearer ${word}`)).status).toBe(401);
  await writeFile(file, token);
  expect((await ask(door, `Bearer ${token}`)).status).toBe(200);
});

test('a file that everybody may read is warned of', async () => {
  const { lines } = await open(0o644);
  expect(lines.join('\n')).toMatch(/WARN .*everybody on this machine may read it \(mode 644\)/);
});

test('commands ask it by its URL', async () => {
  const { door, file } = await open();
  const at = ['--server', door.adminUrl];
  const known = await command('list', '--json', ...at, '--token-file', file);
  expect(known).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
  expect(await command('list', ...at, '--token-file', file)).toMatchObject({
    stdout: `nothing is cached in ${door.adminUrl}\n`,
  });
  expect(await command('list', ...at)).toMatchObject({
    status: 1,
    stderr: `ociregistry: ${door.adminUrl} wants its token; name the file that has it with --token-file\n`,
  });
  const socket = `unix:${join(door.imagePath, 'admin.sock')}`;
  expect(await command('upstreams', '--json', '--server', socket)).toMatchObject({ stdout: '[]\n' });
  await door.stop();
  const { status, stderr } = await command('list', ...at, '--token-file', file);
  expect([status, stderr]).toEqual([1, `ociregistry: no server runs on ${at[1] ?? ''}; is it running?\n`]);
});

test.each([
  [['--server', 'ftp://a.test'], 'It is http://HOST:PORT'],
  [['--server', 'http://user@a.test'], 'It is http://HOST:PORT'],
  [['--server', 'http://a.test/path'], 'It is http://HOST:PORT'],
  [['--server', 'http://a.test', '--direct'], 'cannot be used with'],
])('%s is misuse', async (args, message) => {
  const { status, stderr } = await command('list', ...args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});

describe('the server does not start', () => {
  test.each([
    ['without a token', [], 'admin_port: needs admin_token_file'],
    [
      'with a file that is not there',
      ['--admin-token-file', '/nonexistent/token'],
      'the file does not exist',
    ],
    ['with an empty file', ['--admin-token-file', '/dev/null'], 'at least 32 characters'],
  ])('%s', async (_, args, message) => {
    await using directory = await temporaryDirectory();
    const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0'];
    const { status, stderr } = await command(...listen, ...args, '--image-path', directory.path);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test('on a port that is in use', async () => {
    const { door, file } = await open();
    await using directory = await temporaryDirectory();
    const { port } = new URL(door.adminUrl);
    const listen = ['--host', '127.0.0.1', '--port', '0', '--admin-port', port, '--admin-token-file', file];
    expect(await command(...listen, '--image-path', directory.path)).toEqual({
      status: 1,
      stdout: '',
      stderr: `ociregistry: port ${port} is in use; stop the program that has it or choose another with --admin-port\n`,
    });
  });
});

test.each([
  [
    'both lengths',
    'POST /admin/v1/verify HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['a folded header', 'GET /admin/v1/version HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n'],
])('%s in one request are refused', async (_, text) => {
  const { door } = await open();
  const { port } = new URL(door.adminUrl);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});
