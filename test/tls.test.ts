// TLS to upstreams through the front door: whom we believe, whom we show a certificate, and what we say when it fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { issue, makeCa } from '../mock/certificates.ts';
import type { Ca, IssueOptions } from '../mock/certificates.ts';
import type { MockOptions } from '../mock/index.ts';
import { startMock } from '../mock/index.ts';
import type { RegistryTls } from '../src/config/config.ts';
import { errorMessage, openFrontDoor, plainEntry, temporaryDirectory } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const names = ['127.0.0.1', 'localhost', '::1'];

/** An authority, its certificates, and the files that a configuration would name. */
async function pki(): Promise<
  AsyncDisposable & { ca: Ca; file: (name: string, text: string) => Promise<string> }
> {
  const directory = await temporaryDirectory();
  return {
    ca: await makeCa(),
    async file(name, text) {
      const path = join(directory.path, name);
      await writeFile(path, text);
      return path;
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

type Pki = Awaited<ReturnType<typeof pki>>;

async function identity({ ca, file }: Pki, name: string): Promise<{ cert: string; key: string }> {
  const { cert, key } = await issue(ca, { names: [name], client: true });
  return { cert: await file('client.pem', cert), key: await file('client.key', key) };
}

async function tlsMock(
  ca: Ca,
  options: Partial<IssueOptions> = {},
  mutual = false,
): Promise<Required<Pick<MockOptions, 'tls'>>> {
  const server = await issue(ca, { names, ...options });
  return { tls: { ...server, ...(mutual && { clientCa: ca.cert }) } };
}

function tlsDoor(tls: Partial<RegistryTls>, mockOptions: MockOptions): Promise<FrontDoor> {
  return openFrontDoor(
    { entry: { scheme: 'https', tls: { insecureSkipVerify: false, ...tls } }, config: { complete: false } },
    mockOptions,
  );
}

describe.each([
  ['one-way', false],
  ['mutual', true],
])('%s TLS', (_, mutual) => {
  test.each([
    ['unverified', true],
    ['verified by a given CA', false],
  ])('%s', async (_name, insecureSkipVerify) => {
    await using files = await pki();
    const given = insecureSkipVerify
      ? { insecureSkipVerify }
      : { ca: await files.file('ca.pem', files.ca.cert) };
    const shown = mutual ? await identity(files, 'ann') : {};
    await using door = await tlsDoor({ ...given, ...shown }, await tlsMock(files.ca, {}, mutual));
    const image = door.mock.addImage('team/app', 'v1', { layers: [100_000] });
    expect((await door.get('/v2/team/app/manifests/v1')).body.equals(image.bytes)).toBe(true);
    for (const blob of image.blobs) {
      expect((await door.get(`/v2/team/app/blobs/${blob.digest}`)).body.equals(blob.bytes())).toBe(true);
    }
    expect(new Set(door.mock.requests.map(({ clientName }) => clientName))).toEqual(
      new Set([mutual ? 'ann' : undefined]),
    );
  });

  // A process of its own: which store is the system's is decided when it starts.
  test.each([
    ['verified by the trust store of the operating system', true, 200],
    ['not verified where that store does not have the authority', false, 502],
  ])('%s', async (_name, installed, status) => {
    await using files = await pki();
    await using mock = await startMock(await tlsMock(files.ca, {}, mutual));
    mock.addImage('team/app', 'v1');
    const shown = mutual ? await identity(files, 'ann') : {};
    const other = await makeCa({ name: 'Other' });
    const store = await files.file('store.pem', installed ? files.ca.cert : other.cert);
    const config = await files.file('config.yaml', JSON.stringify([{ name: mock.host, tls: shown }]));
    await using images = await temporaryDirectory();
    await using server = await spawned(config, images.path, { SSL_CERT_FILE: store });
    const answer = await fetch(`${server.url}/v2/team/app/manifests/v1?ns=${mock.host}`);
    const body = await answer.text();
    expect([answer.status, body]).toEqual([status, expect.anything()]);
    if (installed) expect(mock.requests[0]?.clientName).toBe(mutual ? 'ann' : undefined);
    else expect(body).toMatch(/certificate/);
  });
});

/** The command itself, in a process that ends with the test. */
async function spawned(
  config: string,
  imagePath: string,
  env: Record<string, string>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const main = join(import.meta.dirname, '../src/main.ts');
  const args = [
    main,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--image-path',
    imagePath,
    '--config-path',
    config,
  ];
  const child = spawn(process.execPath, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

describe('what is wrong is said, with the host', () => {
  test.each<[string, Partial<IssueOptions>, RegExp]>([
    ['expired', { notAfter: new Date(Date.now() - 60_000) }, /certificate has expired/],
    ['not valid yet', { notBefore: new Date(Date.now() + 3_600_000) }, /not valid yet/],
    ['for another name', { names: ['other.test'] }, /certificate is for another name/],
  ])('a certificate that is %s', async (_, options, reason) => {
    await using files = await pki();
    const ca = await files.file('ca.pem', files.ca.cert);
    await using door = await tlsDoor({ ca }, await tlsMock(files.ca, options));
    const answer = await door.get('/v2/app/manifests/v1');
    expect(answer.status).toBe(502);
    expect(errorMessage(answer)).toMatch(reason);
    expect(errorMessage(answer)).toContain(door.mock.host);
    expect(door.mock.requests).toEqual([]);
  });

  test('an authority that nobody trusts', async () => {
    await using files = await pki();
    await using door = await tlsDoor({}, await tlsMock(files.ca));
    expect(errorMessage(await door.get('/v2/app/manifests/v1'))).toMatch(/tls\.ca/);
  });

  test('another authority than the given one', async () => {
    await using files = await pki();
    const ca = await files.file('ca.pem', (await makeCa({ name: 'Other' })).cert);
    await using door = await tlsDoor({ ca }, await tlsMock(files.ca));
    expect(errorMessage(await door.get('/v2/app/manifests/v1'))).toMatch(/authority is not trusted/);
    expect(door.mock.requests).toEqual([]);
  });

  test('plain HTTP where TLS is spoken', async () => {
    await using door = await tlsDoor({}, {});
    const answer = await door.get('/v2/app/manifests/v1');
    expect([answer.status, errorMessage(answer)]).toEqual([502, expect.stringContaining('scheme: http')]);
  });

  test('no certificate of ours where one is wanted', async () => {
    await using files = await pki();
    const ca = await files.file('ca.pem', files.ca.cert);
    await using door = await tlsDoor({ ca }, await tlsMock(files.ca, {}, true));
    const answer = await door.get('/v2/app/manifests/v1');
    expect(answer.status).toBe(502);
    expect(errorMessage(answer)).toContain(door.mock.host);
  });
});

describe('certificates that are rotated count from the next connection on', () => {
  test('the authority', async () => {
    await using files = await pki();
    const other = await makeCa({ name: 'Other' });
    const ca = await files.file('ca.pem', other.cert);
    await using door = await tlsDoor({ ca }, await tlsMock(files.ca));
    door.mock.addImage('app', 'v1');
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(502);
    await files.file('ca.pem', files.ca.cert);
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });

  test('our own, and a half-written rotation keeps what was there before', async () => {
    await using files = await pki();
    const ca = await files.file('ca.pem', files.ca.cert);
    await using door = await tlsDoor(
      { ca, ...(await identity(files, 'ann')) },
      await tlsMock(files.ca, {}, true),
    );
    const pullAs = async (tag: string): Promise<string | undefined> => {
      door.mock.connections.resetAll();
      door.mock.addImage('app', tag);
      expect((await door.get(`/v2/app/manifests/${tag}`)).status).toBe(200);
      return door.mock.requests.at(-1)?.clientName;
    };
    expect(await pullAs('v1')).toBe('ann');
    await files.file('client.pem', '-----BEGIN CERTIFICATE-----\nhalf');
    expect(await pullAs('v2')).toBe('ann');
    await identity(files, 'bob');
    expect(await pullAs('v3')).toBe('bob');
  });
});

test('our certificate and a waived verification are for the registry, not for where it redirects to', async () => {
  await using files = await pki();
  const server = await issue(files.ca, { names });
  const cdn = { listener: { name: 'localhost', tls: server } };
  await using door = await openFrontDoor({}, { tls: { ...server, clientCa: files.ca.cert }, cdn });
  const blob = door.mock.addBlob('app', { size: 1000 });
  const shown = await identity(files, 'ann');
  const entry = (tls: Partial<RegistryTls>) =>
    plainEntry(door.mock.host, { scheme: 'https', tls: { insecureSkipVerify: false, ...shown, ...tls } });
  const elsewhere = plainEntry(door.mock.cdnListener.host, { scheme: 'https' });
  await door.restart({ registries: [entry({ insecureSkipVerify: true }), elsewhere] });
  expect((await door.get(`/v2/app/blobs/${blob.digest}`)).status).toBe(502);
  expect(door.mock.count({ via: 'cdn' })).toBe(0);
  const ca = await files.file('ca.pem', files.ca.cert);
  await door.restart({ registries: [entry({ ca }), elsewhere] });
  expect((await door.get(`/v2/app/blobs/${blob.digest}`)).status).toBe(200);
  expect(door.mock.requests.filter(({ via }) => via === 'cdn').map(({ clientName }) => clientName)).toEqual([
    undefined,
  ]);
});

test('a registry at a literal IPv6 address', async () => {
  await using files = await pki();
  const ca = await files.file('ca.pem', files.ca.cert);
  await using door = await tlsDoor({ ca }, { host: '::1', ...(await tlsMock(files.ca)) });
  door.mock.addImage('app', 'v1');
  expect(door.mock.host).toMatch(/^\[::1\]:\d+$/);
  expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
});
