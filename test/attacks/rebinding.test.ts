// DNS rebinding, by a DNS server of our own over UDP: a name is first somewhere allowed, and then here, or at the metadata.
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { ResolveAll } from '../../src/upstream/egress.ts';
import { errorCodes, openFrontDoor } from '../front-door.ts';
import { startNameServer } from '../name-server.ts';

async function startDns(answers: readonly (readonly string[])[]) {
  const server = await startNameServer(answers);
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);
  const resolve: ResolveAll = (hostname, _options, callback) => {
    resolver.resolve4(hostname, (error, addresses) => {
      callback(error, error === null ? addresses.map((address) => ({ address, family: 4 })) : []);
    });
  };
  return {
    resolve,
    get asked() {
      return server.asked;
    },
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}

/** Counts what arrives, and answers nothing. */
async function trapAt(host: string, port = 0) {
  const seen = { connections: 0, bytes: 0 };
  const server = createServer((socket) => {
    seen.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length;
      socket.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** An address of this machine that we may connect to, as anybody's registry is; where there is none, one of nobody's. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(
    ({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'),
  )?.address;

const nothing = { connections: 0, bytes: 0 };

describe('a name that is rebound', () => {
  test.each(['127.0.0.1', '169.254.169.254', '0.0.0.0', '100.100.100.200'])(
    'from somewhere else to %s takes nobody there',
    async (inside) => {
      await using here = await trapAt('127.0.0.1');
      await using there = await trapAt(outside ?? '127.0.0.2', here.port);
      using dns = await startDns([[outside ?? '192.0.2.1'], [inside]]);
      await using door = await openFrontDoor({ upstreams: { resolve: dns.resolve } });
      const pull = () => door.raw(`/v2/app/manifests/v1?ns=rebound.test:${here.port}`);
      // Nobody there speaks TLS, but there was somebody, and he was asked.
      expect([502, 503, 504]).toContain((await pull()).status);
      if (outside !== undefined) expect(there.seen.connections).toBeGreaterThan(0);
      // One that was not reached may be left alone for a while, which is as good.
      await expect.poll(async () => errorCodes(await pull()), { interval: 200 }).toEqual(['DENIED']);
      expect(dns.asked).toBeGreaterThanOrEqual(2);
      expect(here.seen).toEqual(nothing);
    },
  );

  test('is both at once: only what is allowed is dialled', async () => {
    await using here = await trapAt('127.0.0.1');
    using dns = await startDns([['127.0.0.1', outside ?? '192.0.2.1', '169.254.169.254', '127.0.0.1']]);
    await using door = await openFrontDoor({ upstreams: { resolve: dns.resolve } });
    expect([502, 503, 504]).toContain(
      (await door.raw(`/v2/app/manifests/v1?ns=both.test:${here.port}`)).status,
    );
    expect(here.seen).toEqual(nothing);
  });

  test.each(['redirect', 'realm'])('is not gone to by a %s of a registry that is configured', async (way) => {
    await using here = await trapAt('127.0.0.1');
    using dns = await startDns([['127.0.0.1']]);
    await using door = await openFrontDoor({ upstreams: { resolve: dns.resolve } });
    const url = `http://rebound.test:${here.port}/token`;
    const rule = door.mock.on({ operation: 'manifestGet' }).always();
    if (way === 'redirect') rule.redirectTo(url);
    else rule.status(401, { headers: { 'WWW-Authenticate': `Bearer realm="${url}",service="s"` } });
    const answer = await door.get('/v2/app/manifests/v1');
    expect([answer.status, errorCodes(answer)]).toEqual([403, ['DENIED']]);
    expect(dns.asked).toBeGreaterThan(0);
    expect(here.seen).toEqual(nothing);
  });
});
