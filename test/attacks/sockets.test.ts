// What can be written to the HTTP face byte by byte: smuggled requests, folded headers, bad chunks, and what nobody thought of.
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFrontDoor } from '../front-door.ts';
import type { FrontDoor } from '../front-door.ts';
import { fuzz } from './fuzzing.ts';

let door: FrontDoor;
let path = '';
let layer = '';
beforeAll(async () => {
  door = await openFrontDoor();
  const image = door.mock.addImage('app', 'v1', { layers: [70_000] });
  path = `/v2/app/manifests/${image.digest}?ns=${door.mock.host}`;
  layer = `/v2/app/blobs/${image.layers[0]?.digest ?? ''}?ns=${door.mock.host}`;
  // Twice: the second time it is a hit, which is answered ahead of the router.
  for (const asked of [path, path, layer, layer]) expect((await door.raw(asked)).status).toBe(200);
});
afterAll(() => door[Symbol.asyncDispose]());

/** All that comes until the server closes, which it does soon: we have ended our side. */
async function say(bytes: string | Buffer): Promise<string> {
  const socket = connect(door.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

/** The statuses of the answers, one after the other; an answer begins right behind the body of the one before. */
function statusesOf(answer: string): readonly number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status));
}

const get = (target: string, ...lines: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: cache.test', ...lines, '', ''].join('\r\n');
/** What must not be taken for a request: nobody has asked for it but the one before. */
const smuggled = (): string => get(`/v2/smuggled/manifests/v1?ns=${door.mock.host}`);

function smuggledAnswers(): number {
  return door.mock.count({ repository: 'smuggled' });
}

describe('request smuggling', () => {
  const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  const rows: readonly (readonly [name: string, bytes: () => string, statuses: readonly number[]])[] = [
    [
      'CL and TE',
      () => get(path, `Content-Length: 4`, 'Transfer-Encoding: chunked') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    [
      'TE and CL',
      () => get(path, 'Transfer-Encoding: chunked', 'Content-Length: 4') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    ['two lengths', () => get(path, 'Content-Length: 0', 'Content-Length: 90') + smuggled(), [400]],
    ['a list of lengths', () => get(path, 'Content-Length: 0, 90') + smuggled(), [400]],
    ['a signed length', () => get(path, 'Content-Length: +5') + smuggled(), [400]],
    ['a negative length', () => get(path, 'Content-Length: -1') + smuggled(), [400]],
    ['a length in hex', () => get(path, 'Content-Length: 0x5') + smuggled(), [400]],
    [
      'a length beyond numbers',
      () => get(path, 'Content-Length: 99999999999999999999999') + smuggled(),
      [400],
    ],
    [
      'chunked, spelled as a list',
      () => get(path, 'Transfer-Encoding: chunked, identity') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    [
      'chunked twice',
      () => get(path, 'Transfer-Encoding: chunked', 'Transfer-Encoding: x') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    [
      'chunked behind a tab',
      () => get(path, 'Transfer-Encoding:\tchunked', 'Content-Length: 3') + smuggled(),
      [400],
    ],
    [
      'a blank before the colon',
      () => get(path, 'Transfer-Encoding : chunked') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    ['obs-fold', () => get(path, 'X-A: b', ' Content-Length: 90') + smuggled(), [400]],
    [
      'obs-fold by a tab',
      () => get(path, 'Transfer-Encoding:', '\tchunked') + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    [
      'a bare LF in a header',
      () => get(path, `X-A: b\nTransfer-Encoding: chunked`) + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    [
      'a bare CR in a header',
      () => get(path, `X-A: b\rTransfer-Encoding: chunked`) + `0\r\n\r\n${smuggled()}`,
      [400],
    ],
    ['a NUL in a header', () => get(path, 'X-A: b\0c') + smuggled(), [400]],
    ['a header without a name', () => get(path, ': x') + smuggled(), [400]],
    [
      'a chunk of no number',
      () => get(path, 'Transfer-Encoding: chunked') + `xyz\r\n\r\n${smuggled()}`,
      [200, 400],
    ],
    [
      'a chunk that is longer than it says',
      () => get(path, 'Transfer-Encoding: chunked') + `1\r\nabc\r\n${smuggled()}`,
      [200, 400],
    ],
    [
      'a chunk of endless length',
      () => get(path, 'Transfer-Encoding: chunked') + `ffffffffffffffffff\r\n${smuggled()}`,
      [200, 400],
    ],
    [
      'a chunk that ends in a bare LF',
      () => get(path, 'Transfer-Encoding: chunked') + `1\nx\n0\n\n${smuggled()}`,
      [200, 400],
    ],
    ['a body by length', () => get(path, `Content-Length: ${smuggled().length}`) + smuggled(), [200]],
    ['a body in chunks', () => get(path, 'Transfer-Encoding: chunked') + chunked(smuggled()), [200]],
    [
      'a body by length, of a blob',
      () => get(layer, `Content-Length: ${smuggled().length}`) + smuggled(),
      [200],
    ],
    [
      'a body to a verb that is refused',
      () => get(path, `Content-Length: ${smuggled().length}`).replace('GET', 'POST') + smuggled(),
      [405],
    ],
    [
      'a body of an upgrade',
      () =>
        get(path, 'Connection: Upgrade', 'Upgrade: h2c', `Content-Length: ${smuggled().length}`) + smuggled(),
      [200],
    ],
    ['no Host', () => `GET ${path} HTTP/1.1\r\n\r\n`, [400]],
    ['CONNECT', () => `CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n${smuggled()}`, []],
  ];
  test.each(rows)('%s', async (_, bytes, statuses) => {
    const answer = await say(bytes());
    // What is refused while its answer is under way may cost that answer.
    expect([statuses, statuses.slice(1), statuses.slice(0, 1)]).toContainEqual(statusesOf(answer));
    expect(smuggledAnswers()).toBe(0);
  });

  test('what is pipelined honestly is answered in order', async () => {
    const answer = await say(get(path) + get('/v2/none') + get('/v2/', 'Connection: close'));
    expect(statusesOf(answer)).toEqual([200, 404, 200]);
  });
});

describe('what is no request of ours', () => {
  const rows: readonly (readonly [name: string, bytes: () => string | Buffer, status: number])[] = [
    ['an absolute URI', () => get(`http://evil.test${path}`), 400],
    ['an absolute URI of another scheme', () => get('ftp://evil.test/x'), 400],
    ['an authority', () => get('//evil.test/v2/'), 400],
    ['an asterisk', () => get('*').replace('GET', 'OPTIONS'), 400],
    ['a NUL in the path', () => get('/v2/a\0b/manifests/v1'), 400],
    ['a blank in the path', () => get('/v2/a b/manifests/v1'), 400],
    ['a high byte in the path', () => get('/v2/\xe9/manifests/v1'), 400],
    ['encoded parents', () => get(`/v2/%2e%2e/%2e%2e/etc/passwd`), 400],
    ['parents', () => get('/v2/../../etc/passwd'), 400],
    ['an encoded slash', () => get('/v2/a%2fb/manifests/v1'), 400],
    ['a path of a megabyte', () => get(`/v2/${'a'.repeat(1 << 20)}`), 431],
    ['a header of a megabyte', () => get(path, `X-A: ${'a'.repeat(1 << 20)}`), 431],
    [
      'ten thousand headers',
      () => get(path, ...Array.from({ length: 10_000 }, (_, at) => `X-${at}: y`)),
      431,
    ],
    ['HTTP/2 by knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['HTTP/0.9', () => 'GET /v2/\r\n\r\n', 400],
    ['HTTP/1.9', () => get(path).replace('HTTP/1.1', 'HTTP/1.9'), 400],
    ['a TLS handshake', () => Buffer.from('1603010200010001fc0303', 'hex'), 400],
    ['nothing but line ends', () => '\r\n'.repeat(10_000) + get('/v2/', 'Connection: close'), 200],
    [
      'headers that are members of every object',
      () => get(path, '__proto__: x', 'constructor: y', 'toString: z', 'Connection: close'),
      200,
    ],
    ['a Host of somebody else', () => `GET /v2/ HTTP/1.1\r\nHost: evil.test@x\r\n\r\n`, 400],
  ];
  test.each(rows)('%s', async (_, bytes, status) => {
    expect(statusesOf(await say(bytes()))).toEqual([status]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('any bytes', () => {
  const names = [
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Range',
    'If-None-Match',
    'OCI-Namespace',
    'X-Registry',
    'Via',
    'Expect',
    'Upgrade',
    '__proto__',
    'Authorization',
  ];
  const values = [
    '',
    '0',
    '5',
    '-1',
    'chunked',
    'close',
    'keep-alive',
    'upgrade',
    '100-continue',
    'bytes=0-1,3-',
    '*',
    'evil.test',
    '\0',
    'é',
    'a'.repeat(5000),
  ];
  const line = fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(':', ': ', ' :', ''), fc.constantFrom(...values))
    .map((parts) => parts.join(''));
  const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '');
  const written = fc.record({
    method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'get', 'G\0T', ''),
    target: fc.constantFrom(
      'MANIFEST',
      'LAYER',
      '/v2/',
      '/v2/a/../b',
      '*',
      'http://x/',
      '',
      '/v2/%',
      '/v2/app/tags/list?n=\xff',
    ),
    version: fc.constantFrom(' HTTP/1.1', ' HTTP/1.0', ' HTTP/9.9', ''),
    lines: fc.array(
      fc.tuple(line, end).map((parts) => parts.join('')),
      { maxLength: 5 },
    ),
    body: fc.oneof(
      fc.constantFrom('', '0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'ffffffff\r\n'),
      fc.string({ unit: 'binary', maxLength: 50 }),
    ),
  });

  fuzz(
    'are answered by what HTTP has for them, or by nothing',
    fc.array(written, { minLength: 1, maxLength: 4 }),
    async (requests) => {
      const bytes = requests.map(({ method, target, version, lines, body }) => {
        const asked = target.replace('MANIFEST', path).replace('LAYER', layer);
        return `${method} ${asked}${version}\r\nHost: x\r\n${lines.join('')}\r\n${body}`;
      });
      const answer = await say(bytes.join(''));
      for (const status of statusesOf(answer))
        expect([100, 200, 206, 304, 400, 404, 405, 408, 413, 416, 417, 431, 505]).toContain(status);
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    },
    { cases: 150 },
  );

  test('and the server is what it was', async () => {
    expect((await door.raw(path)).status).toBe(200);
    expect(smuggledAnswers()).toBe(0);
  });
});
