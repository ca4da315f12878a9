// Nobody may use us to reach this host's own services or a cloud's metadata: zero connections, in any spelling.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { ResolveAll } from '../src/upstream/egress.ts';
import { errorCodes, errorMessage, openFrontDoor, plainEntry } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

/** Listens where nobody is to connect, and counts. */
async function trap(): Promise<AsyncDisposable & { readonly port: number; readonly count: number }> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    sockets.add(socket.on('error', () => undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Resolves as it is told, and remembers what it was asked; a name asked twice gets the next answer. */
function resolver(answers: Record<string, readonly string[]>): ResolveAll & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: ResolveAll = (hostname, _options, callback) => {
    const before = asked.filter((name) => name === hostname).length;
    asked.push(hostname);
    const list = answers[hostname] ?? [];
    const address = list[Math.min(before, list.length - 1)];
    if (address === undefined) {
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    } else {
      callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
    }
  };
  return Object.assign(resolve, { asked });
}

const loopbackSpellings = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '127.0.0.1.',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[::127.0.0.1]',
  'localhost',
  'LOCALHOST.',
];
const metadataSpellings = [
  '169.254.169.254',
  '169.254.43518',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
];

describe('a namespace', () => {
  test.each([...loopbackSpellings, ...metadataSpellings])('%s is not connected to', async (host) => {
    await using listening = await trap();
    await using door = await openFrontDoor();
    const answer = await door.raw(
      `/v2/app/manifests/v1?ns=${encodeURIComponent(`${host}:${listening.port}`)}`,
    );
    expect([400, 403]).toContain(answer.status);
    expect(['NAME_INVALID', 'DENIED']).toContain(errorCodes(answer)[0]);
    expect(listening.count).toBe(0);
  });

  test('that is any literal address must be configured', async () => {
    await using door = await openFrontDoor();
    const answer = await door.raw('/v2/app/manifests/v1?ns=192.0.2.1');
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(errorMessage(answer)).toContain('add it to registries');
  });

  test.each([
    ['loopback', '127.0.0.1'],
    ['IPv6 loopback', '::1'],
    ['v4-mapped loopback', '::ffff:127.0.0.1'],
    ['metadata', '169.254.169.254'],
    ['metadata behind NAT64', '64:ff9b::a9fe:a9fe'],
  ])('whose name resolves to %s is not connected to', async (_, address) => {
    await using listening = await trap();
    const resolve = resolver({ 'inside.test': [address] });
    await using door = await openFrontDoor({ upstreams: { resolve } });
    const answer = await door.raw(`/v2/app/manifests/v1?ns=inside.test:${listening.port}`);
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(resolve.asked).toContain('inside.test');
    expect(listening.count).toBe(0);
  });

  test('whose name is rebound is looked up once for each connection, and what is screened is that answer', async () => {
    await using listening = await trap();
    const resolve = resolver({ 'rebound.test': ['169.254.169.254', '::1', '127.0.0.1'] });
    await using door = await openFrontDoor({ upstreams: { resolve } });
    for (let pull = 1; pull <= 3; pull += 1) {
      const answer = await door.raw(`/v2/app/manifests/v1?ns=rebound.test:${listening.port}`);
      expect([answer.status, resolve.asked.length]).toEqual([403, pull]);
    }
    expect(listening.count).toBe(0);
  });

  test('that is configured may be anywhere', async () => {
    await using door = await openFrontDoor();
    door.mock.addImage('app', 'v1');
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });
});

describe('a registry cannot send us there either', () => {
  const urls = (port: number): readonly string[] =>
    [...loopbackSpellings, ...metadataSpellings].map((host) => `http://${host}:${port}/x`);

  test('by a redirect', async () => {
    await using listening = await trap();
    await using door = await openFrontDoor({ config: { complete: false } });
    for (const url of urls(listening.port)) {
      const blob = door.mock.addBlob('app', { size: 100 });
      door.mock.on({ operation: 'blobGet', digest: blob.digest }).once().redirectTo(url);
      expect((await door.get(`/v2/app/blobs/${blob.digest}`)).status, url).toBe(403);
    }
    expect(listening.count).toBe(0);
  });

  test('by the realm of a challenge', async () => {
    await using listening = await trap();
    await using door = await openFrontDoor();
    for (const url of urls(listening.port)) {
      const challenge = `Bearer realm="${url}",service="s"`;
      door.mock
        .on({ denied: false })
        .once()
        .status(401, { headers: { 'WWW-Authenticate': challenge } });
      expect((await door.get('/v2/app/manifests/v1')).status, url).toBe(403);
    }
    expect(listening.count).toBe(0);
  });
});

describe('through an HTTP proxy', () => {
  /** A proxy that knows where one host is, and remembers what it was asked for. */
  async function startProxy(target: () => number) {
    const asked: string[] = [];
    const authorizations: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      authorizations.push(request.headers['proxy-authorization']);
      const url = new URL(request.url ?? '');
      void fetch(`http://127.0.0.1:${target()}${url.pathname}${url.search}`, {
        method: request.method ?? 'GET',
      }).then(async (answer) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    server.on('connect', (request, socket: Socket) => {
      asked.push(`CONNECT ${request.url ?? ''}`);
      authorizations.push(request.headers['proxy-authorization']);
      const beyond = connect(target(), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        beyond.pipe(socket).pipe(beyond);
      });
      for (const end of [socket, beyond]) end.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      asked,
      authorizations,
      url: `http://user:canary-4711@127.0.0.1:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  async function doorBehind(
    changes: Record<string, string>,
    scheme: 'http' | 'https',
  ): Promise<{
    door: FrontDoor;
    proxy: Awaited<ReturnType<typeof startProxy>>;
    resolve: ReturnType<typeof resolver>;
  }> {
    const { issue, makeCa } = await import('../mock/certificates.ts');
    const server = await issue(await makeCa(), { names: ['registry.test'] });
    const mock = await startMock(scheme === 'https' ? { tls: server } : {});
    const proxy = await startProxy(() => mock.port);
    const resolve = resolver({ 'registry.test': ['127.0.0.1'] });
    const environment = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ...changes };
    const door = await openFrontDoor({ environment, upstreams: { resolve } });
    await door.mock.stop();
    Object.assign(door, { mock });
    const tls = { insecureSkipVerify: true };
    await door.restart({ registries: [plainEntry('registry.test', { scheme, tls })] });
    return { door, proxy, resolve };
  }

  test.each(['https', 'http'] as const)(
    'a registry over %s is reached, without looking its name up',
    async (scheme) => {
      const { door, proxy, resolve } = await doorBehind({}, scheme);
      await using _door = door;
      await using _proxy = proxy;
      const image = door.mock.addImage('app', 'v1', { layers: [50_000] });
      expect((await door.raw('/v2/app/manifests/v1?ns=registry.test')).body.equals(image.bytes)).toBe(true);
      for (const blob of image.blobs) {
        const answer = await door.raw(`/v2/app/blobs/${blob.digest}?ns=registry.test`);
        expect(answer.body.equals(blob.bytes())).toBe(true);
      }
      expect(proxy.asked[0]).toMatch(
        scheme === 'https' ? /^CONNECT registry\.test:443$/ : /^GET http:\/\/registry\.test\//,
      );
      expect(new Set(proxy.authorizations)).toEqual(
        new Set([`Basic ${Buffer.from('user:canary-4711').toString('base64')}`]),
      );
      expect(door.mock.log.mentioning('canary-4711')).toEqual([]);
      expect(resolve.asked).toEqual([]);
    },
  );

  test('NO_PROXY is honoured', async () => {
    const { door, proxy, resolve } = await doorBehind({ NO_PROXY: '.corp.test,registry.test' }, 'http');
    await using _door = door;
    await using _proxy = proxy;
    await door.raw('/v2/app/manifests/v1?ns=registry.test');
    expect([proxy.asked, resolve.asked]).toEqual([[], ['registry.test']]);
  });

  test.each([
    'localhost:1',
    '169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    'metadata.google.internal',
    '192.0.2.1',
  ])('what can be told by its spelling is not asked of the proxy: %s', async (ns) => {
    const { door, proxy } = await doorBehind({}, 'https');
    await using _door = door;
    await using _proxy = proxy;
    const answer = await door.raw(`/v2/app/manifests/v1?ns=${encodeURIComponent(ns)}`);
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(proxy.asked).toEqual([]);
  });

  test('a proxy that refuses is named as the reason, without its password', async () => {
    await using refusing = await trap();
    const environment = { HTTPS_PROXY: `http://user:canary-4711@127.0.0.1:${refusing.port}` };
    await using door = await openFrontDoor({ environment });
    const pull = door.raw('/v2/app/manifests/v1?ns=registry.test');
    await expect.poll(() => refusing.count).toBe(1);
    await refusing[Symbol.asyncDispose]();
    const answer = await pull;
    expect(answer.status).toBe(502);
    expect(errorMessage(answer)).not.toContain('canary-4711');
  });
});
