// Upstreams that do not end: whatever they send without end, little of it is taken, their connection is closed, and we serve on.
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { openFrontDoor, plainEntry } from '../front-door.ts';
import type { FrontDoor } from '../front-door.ts';
import { endless, startHostile } from './hostile-upstream.ts';
import type { Answer, HostileUpstream } from './hostile-upstream.ts';

const MiB = 1024 * 1024;
/** What the kernels on both sides may hold of what nobody has read, several times over. */
const IN_KERNELS = 16 * MiB;

const piece = Buffer.alloc(64 * 1024, ' ');
const chunk = Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]);
const head = (status: string, ...lines: readonly string[]): string =>
  [`HTTP/1.1 ${status}`, ...lines, '', ''].join('\r\n');
const chunked = (status: string, ...lines: readonly string[]): Answer =>
  endless(head(status, 'Transfer-Encoding: chunked', ...lines), chunk);
const digest = `sha256:${'0'.repeat(64)}`;

const manifest = '/v2/app/manifests/v1';
const json = 'Content-Type: application/json';
/** More than this is taken of no answer. */
const manifestLimit = 8 * MiB;

type Row = readonly [name: string, path: string, answer: Answer, limit: number];

const rows: readonly Row[] = [
  ['a manifest', manifest, chunked('200 OK', `Content-Type: ${mediaTypes.ociManifest}`), manifestLimit],
  ['a manifest by digest', `/v2/app/manifests/${digest}`, chunked('200 OK'), manifestLimit],
  [
    'a manifest of a length',
    manifest,
    endless(head('200 OK', 'Content-Length: 999999999999'), piece),
    manifestLimit,
  ],
  [
    'a manifest that ends with its connection',
    manifest,
    endless(head('200 OK', 'Connection: close'), piece),
    manifestLimit,
  ],
  ['a list of tags', '/v2/app/tags/list', chunked('200 OK', json), manifestLimit],
  ['a page of tags', '/v2/app/tags/list?n=5', chunked('200 OK', json), manifestLimit],
  [
    'a list of referrers',
    `/v2/app/referrers/${digest}`,
    chunked('200 OK', `Content-Type: ${mediaTypes.ociIndex}`),
    manifestLimit,
  ],
  ['an error', manifest, chunked('500 No', json), 64 * 1024],
  ['a 404', manifest, chunked('404 No', json), 64 * 1024],
  ['a refusal', manifest, chunked('401 No', 'WWW-Authenticate: Basic realm="x"'), 64 * 1024],
  ['a redirect', manifest, chunked('307 Go', 'Location: /v2/app/manifests/v2'), 64 * 1024],
  ['headers', manifest, endless('HTTP/1.1 200 OK\r\n', `X-A: ${'a'.repeat(60_000)}\r\n`), 64 * 1024],
  ['short headers', manifest, endless('HTTP/1.1 200 OK\r\n', 'A: b\r\n'.repeat(10_000)), 64 * 1024],
  [
    'informational answers',
    manifest,
    endless('', 'HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n'.repeat(500)),
    64 * 1024,
  ],
  ['one header', manifest, endless('HTTP/1.1 200 OK\r\nX-A: ', 'a'.repeat(65_536)), 64 * 1024],
  // Its text is nowhere kept: the time for headers ends it.
  ['a status line', manifest, endless('HTTP/1.1 200 ', piece), Infinity],
  [
    'trailers',
    manifest,
    endless(`${head('200 OK', 'Transfer-Encoding: chunked')}0\r\n`, 'A: b\r\n'.repeat(10_000)),
    64 * 1024,
  ],
];

async function openTo(upstream: HostileUpstream): Promise<FrontDoor> {
  const door = await openFrontDoor();
  const timeouts = { headerMs: 2000, noProgressMs: 2000 };
  await door.restart({ registries: [plainEntry(upstream.host, { timeouts }), plainEntry(door.mock.host)] });
  return door;
}

async function pulled(door: FrontDoor, upstream: HostileUpstream, path: string): Promise<number> {
  return (await door.raw(`${path}${path.includes('?') ? '&' : '?'}ns=${upstream.host}`)).status;
}

async function expectServing(door: FrontDoor): Promise<void> {
  door.mock.addImage('fine', 'v1');
  expect((await door.get('/v2/fine/manifests/v1')).status).toBe(200);
}

describe('without end', () => {
  test.each(rows)('%s', async (_, path, answer, limit) => {
    await using upstream = await startHostile(answer);
    await using door = await openTo(upstream);
    // Referrers are never 404: those that are cached are listed, with a warning.
    expect([200, 400, 403, 404, 502, 503, 504]).toContain(await pulled(door, upstream, path));
    await expect.poll(() => upstream.open).toBe(0);
    expect(upstream.bytes / upstream.requests).toBeLessThan(limit + IN_KERNELS);
    await expectServing(door);
  });

  test("a token service's answer", async () => {
    await using tokens = await startHostile(chunked('200 OK', json));
    const challenge = `WWW-Authenticate: Bearer realm="http://${tokens.host}/token",service="s"`;
    await using upstream = await startHostile(refusing(challenge));
    await using door = await openTo(upstream);
    await door.restart({
      registries: [plainEntry(upstream.host), plainEntry(tokens.host), plainEntry(door.mock.host)],
    });
    expect(await pulled(door, upstream, manifest)).toBe(502);
    await expect.poll(() => tokens.open).toBe(0);
    expect(tokens.bytes / tokens.requests).toBeLessThan(MiB + IN_KERNELS);
    await expectServing(door);
  });

  test('pages of a list, each with a Link to another', async () => {
    let pages = 0;
    await using upstream = await startHostile(async (socket) => {
      pages += 1;
      const body = '{"name":"app","tags":["v1"]}';
      const link = `Link: </v2/app/tags/list?last=p${pages}>; rel="next"`;
      socket.write(head('200 OK', json, link, `Content-Length: ${body.length}`) + body);
      return Promise.resolve();
    });
    await using door = await openTo(upstream);
    expect(await pulled(door, upstream, '/v2/app/tags/list')).toBe(502);
    expect(pages).toBeLessThanOrEqual(256);
    await expectServing(door);
  });

  test('redirects', async () => {
    let hops = 0;
    await using upstream = await startHostile(async (socket) => {
      hops += 1;
      socket.write(head('307 Go', `Location: /v2/app/manifests/h${hops}`, 'Content-Length: 0'));
      return Promise.resolve();
    });
    await using door = await openTo(upstream);
    expect(await pulled(door, upstream, manifest)).toBe(502);
    expect(hops).toBeLessThanOrEqual(6);
  });

  test('challenges', async () => {
    await using upstream = await startHostile(
      refusing(`WWW-Authenticate: ${'Bearer realm="x", '.repeat(500)}`),
    );
    await using door = await openTo(upstream);
    expect([403, 502]).toContain(await pulled(door, upstream, manifest));
    expect(upstream.requests).toBeLessThanOrEqual(4);
  });
});

function refusing(challenge: string): Answer {
  return async (socket) => {
    socket.write(head('401 No', challenge, 'Content-Length: 0'));
    return Promise.resolve();
  };
}
