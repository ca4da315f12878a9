// TLS to clients through the front door: bytes, rotation, mutual TLS, and clients that speak the other protocol.
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { issue, makeCa } from '../mock/certificates.ts';
import type { ServerTls } from '../src/config/config.ts';
import { createLog } from '../src/log/log.ts';
import type { Log } from '../src/log/log.ts';
import { certificateFiles } from './certificates.ts';
import type { CertificateFiles } from './certificates.ts';
import { openFrontDoor, sha256 } from './front-door.ts';
import type { FrontDoor, FrontDoorOptions } from './front-door.ts';

function lines(): { readonly log: Log; readonly said: string[] } {
  const said: string[] = [];
  return { log: createLog({ level: 'trace', format: 'text', write: (line) => said.push(line) }), said };
}

function tlsDoor(
  files: CertificateFiles,
  tls: Partial<ServerTls> = {},
  options: FrontDoorOptions = {},
): Promise<FrontDoor> {
  return openFrontDoor({
    connect: { ca: files.ca.cert },
    ...options,
    config: { serverTls: { ...files.tls, clientAuth: 'none', ...tls }, ...options.config },
  });
}

/** Rejects when TLS fails. */
async function shown(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({ port, host: '127.0.0.1', ...options }, () => resolve(socket));
  socket.on('error', reject);
  return promise;
}

/** The serial number of the certificate that a new client is shown. */
async function serial(port: number, files: CertificateFiles, host = '127.0.0.1'): Promise<string> {
  const socket = await shown(port, { ca: files.ca.cert, host, checkServerIdentity: () => undefined });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/** All that a plain connection gets for what it says. */
async function answerTo(port: number, said: string | Buffer): Promise<Buffer> {
  const socket = connectPlain({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(said);
  await closed;
  return Buffer.concat(chunks);
}

test('a whole image, misses and hits, ranges and a crowd', async () => {
  await using files = await certificateFiles();
  await using door = await tlsDoor(files);
  const image = door.mock.addImage('team/app', 'v1', { layers: [3_000_000, 100] });
  expect(door.url).toMatch(/^https:/);
  for (const round of ['miss', 'hit']) {
    expect((await door.get('/v2/team/app/manifests/v1')).body.equals(image.bytes), round).toBe(true);
    for (const { digest } of image.blobs) {
      const crowd = Array.from({ length: 20 }, () => door.get(`/v2/team/app/blobs/${digest}`));
      for (const { body } of await Promise.all(crowd)) expect(sha256(body), round).toBe(digest);
    }
  }
  const [layer] = image.blobs.filter(({ size }) => size === 3_000_000);
  const part = await door.get(`/v2/team/app/blobs/${layer?.digest ?? ''}`, {
    Range: 'bytes=1000000-2999999',
  });
  expect(part.status).toBe(206);
  expect(part.body.equals(layer?.bytes().subarray(1_000_000) ?? Buffer.alloc(0))).toBe(true);
});

test.each([
  ['TLSv1.1', false],
  ['TLSv1.2', true],
  ['TLSv1.3', true],
] as const)('%s: %s', async (version, agreed) => {
  await using files = await certificateFiles();
  await using door = await tlsDoor(files);
  // OpenSSL itself refuses old versions at its usual security level.
  const ciphers = 'DEFAULT@SECLEVEL=0';
  const attempt = shown(door.port, {
    ca: files.ca.cert,
    minVersion: version,
    maxVersion: version,
    ciphers,
  }).then(
    (socket) => {
      const agreedOn = socket.getProtocol();
      socket.destroy();
      return agreedOn;
    },
    () => 'refused',
  );
  expect(await attempt).toBe(agreed ? version : 'refused');
});

describe('rotation', () => {
  test('new connections get the new pair, and those that are there go on', async () => {
    await using files = await certificateFiles();
    await using door = await tlsDoor(files);
    const image = door.mock.addImage('app', 'v1');
    await door.get('/v2/app/manifests/v1');
    const before = await serial(door.port, files);
    const old = await shown(door.port, { ca: files.ca.cert });
    await files.rotate();
    await vi.waitFor(async () => expect(await serial(door.port, files)).not.toBe(before), 10_000);
    const answered = new Promise<Buffer>((resolve) => old.once('data', resolve));
    old.write(`HEAD /v2/app/manifests/v1?ns=${door.mock.host} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect((await answered).toString()).toContain(image.digest);
    old.destroy();
  });

  test('on each address that is listened on', async () => {
    await using files = await certificateFiles();
    await using door = await tlsDoor(files, {}, { config: { host: '127.0.0.1,127.0.0.2' } });
    const before = await serial(door.port, files);
    await files.rotate();
    for (const host of ['127.0.0.1', '127.0.0.2']) {
      await vi.waitFor(async () => expect(await serial(door.port, files, host)).not.toBe(before), 10_000);
    }
  });

  test('as Kubernetes does it: a link beside the links is changed', async () => {
    await using files = await certificateFiles();
    const secret = join(files.directory, 'secret');
    const version = async (name: string): Promise<void> => {
      await mkdir(join(secret, name), { recursive: true });
      const pair = await issue(files.ca, { names: ['127.0.0.1'] });
      await writeFile(join(secret, name, 'tls.crt'), pair.cert);
      await writeFile(join(secret, name, 'tls.key'), pair.key);
      await symlink(name, join(secret, '..data_tmp'));
      await rename(join(secret, '..data_tmp'), join(secret, '..data'));
    };
    await version('..1');
    for (const name of ['tls.crt', 'tls.key']) await symlink(`..data/${name}`, join(secret, name));
    await using door = await tlsDoor(files, { cert: join(secret, 'tls.crt'), key: join(secret, 'tls.key') });
    const before = await serial(door.port, files);
    await version('..2');
    await rm(join(secret, '..1'), { recursive: true });
    await vi.waitFor(async () => expect(await serial(door.port, files)).not.toBe(before), 10_000);
  });

  test('half a pair, or none, keeps the one before and says so; the other half mends it', async () => {
    await using files = await certificateFiles();
    const { log, said } = lines();
    await using door = await tlsDoor(files, {}, { log });
    const before = await serial(door.port, files);
    const next = await issue(files.ca, { names: ['127.0.0.1'] });
    const errors = (): readonly string[] => said.filter((line) => line.includes('ERROR'));
    await writeFile(files.tls.cert, next.cert);
    await vi.waitFor(() => expect(errors().join()).toContain(`is not the key of ${files.tls.cert}`), 10_000);
    expect(await serial(door.port, files)).toBe(before);
    await rm(files.tls.key);
    await vi.waitFor(() => expect(errors().join()).toContain('does not exist'), 10_000);
    expect(await serial(door.port, files)).toBe(before);
    await writeFile(files.tls.key, next.key);
    await vi.waitFor(async () => expect(await serial(door.port, files)).not.toBe(before), 10_000);
    expect(said.join('\n')).not.toContain('PRIVATE KEY');
  });
});

describe('at the start', () => {
  test('a key of another certificate is named, with what to do', async () => {
    await using files = await certificateFiles();
    await writeFile(files.tls.key, (await issue(files.ca, { names: ['a.test'] })).key);
    await expect(tlsDoor(files)).rejects.toThrow(
      `server_tls.key ${files.tls.key}: is not the key of ${files.tls.cert}; put the two files there that belong together`,
    );
  });

  test.each([
    ['expired', { notAfter: new Date('2025-01-02T03:04:05Z') }, 'expired on 2025-01-02T03:04:05.000Z'],
    [
      'not valid yet',
      { notBefore: new Date('2099-01-01T00:00:00Z'), notAfter: new Date('2099-02-01T00:00:00Z') },
      'not valid before 2099-01-01T00:00:00.000Z',
    ],
  ])('a certificate that is %s is a warning with its date', async (_, dates, text) => {
    await using files = await certificateFiles(dates);
    const { log, said } = lines();
    await using _door = await tlsDoor(files, {}, { log });
    expect(said.filter((line) => line.includes('WARN')).join('\n')).toContain(text);
  });
});

describe('mutual TLS', () => {
  test('who shows a certificate of the authority is served, and nobody else', async () => {
    await using files = await certificateFiles();
    const other = await makeCa();
    const ann = await files.client('ann');
    await using door = await tlsDoor(
      files,
      { clientAuth: 'verify' },
      { connect: { ca: files.ca.cert, ...ann } },
    );
    door.mock.addImage('app', 'v1');
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
    for (const identity of [{}, await issue(other, { names: ['ann'], client: true })]) {
      const socket = await shown(door.port, { ca: files.ca.cert, ...identity });
      // In TLS 1.3 the client is done before the server has looked.
      const ended = new Promise<string>((resolve) => {
        socket.on('data', (data: Buffer) => resolve(data.toString()));
        socket.on('error', ({ message }) => resolve(message));
        socket.on('close', () => resolve('closed'));
      });
      socket.write('GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(await ended).toMatch(/alert|closed|ECONNRESET/);
    }
  });
});

describe('clients that speak the other protocol', () => {
  test('plain HTTP to TLS: closed, without an answer of ours, and noted', async () => {
    await using files = await certificateFiles();
    const { log, said } = lines();
    await using door = await tlsDoor(files, {}, { log });
    const answer = await answerTo(door.port, 'GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer.toString()).not.toContain('200');
    await vi.waitFor(() => expect(said.join('\n')).toMatch(/INFO .*spoke plain HTTP.*https:\/\//));
    expect((await door.raw('/v2/')).status).toBe(200);
  });

  test('TLS to plain HTTP: an answer that Go’s clients understand, and noted', async () => {
    const { log, said } = lines();
    await using door = await openFrontDoor({ log });
    await expect(shown(door.port, {})).rejects.toThrow();
    await vi.waitFor(() => expect(said.join('\n')).toMatch(/INFO .*spoke TLS.*server_tls/));
    const answer = await answerTo(door.port, Buffer.from('16030100050100000100', 'hex'));
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 /);
    expect((await door.raw('/v2/')).status).toBe(200);
  });

  test.each([
    ['no request', 'nonsense\r\n\r\n', '400'],
    ['headers without an end', `GET /v2/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('what is %s is answered as before', async (_, said, status) => {
    await using door = await openFrontDoor();
    expect((await answerTo(door.port, said)).toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
