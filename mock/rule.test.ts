// The mock, misbehaving: each knob, seen on the wire.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Gate, startMock } from './index.ts';
import type { MadeBlob, MockRegistry, Rule } from './index.ts';
import type { RawOptions, RawResponse } from './raw-client.ts';
import { rawRequest } from './raw-client.ts';

const SIZE = 300_000;

async function withBlob(size = SIZE) {
  const mock = await startMock();
  const blob = mock.addBlob('app', { size });
  const path = `/v2/app/blobs/${blob.digest}`;
  return {
    mock,
    blob,
    bytes: blob.bytes(),
    fetch: (options?: RawOptions) => rawRequest(mock.port, path, options),
    [Symbol.asyncDispose]: () => mock.stop(),
  };
}

/** What came, in words that a table can hold. */
function summary({ status, body, end }: RawResponse) {
  return { status, bytes: body.length, end };
}

describe('cuts', () => {
  test.each<[string, (rule: Rule) => unknown, RawOptions, ReturnType<typeof summary>]>([
    ['nothing', (rule) => rule, {}, { status: 200, bytes: SIZE, end: 'fin' }],
    ['reset', (rule) => rule.reset(), {}, { status: 0, bytes: 0, end: 'reset' }],
    ['hangUp', (rule) => rule.hangUp(), {}, { status: 0, bytes: 0, end: 'fin' }],
    ['resetAt 0', (rule) => rule.resetAt(0), {}, { status: 200, bytes: 0, end: 'reset' }],
    ['resetAt 1', (rule) => rule.resetAt(1), {}, { status: 200, bytes: 1, end: 'reset' }],
    ['resetAt 65536', (rule) => rule.resetAt(65_536), {}, { status: 200, bytes: 65_536, end: 'reset' }],
    ['resetAt -1', (rule) => rule.resetAt(-1), {}, { status: 200, bytes: SIZE - 1, end: 'reset' }],
    [
      'resetAt in a range',
      (rule) => rule.resetAt(70),
      { headers: { Range: 'bytes=50-99' } },
      { status: 206, bytes: 20, end: 'reset' },
    ],
    [
      'resetAt before a range',
      (rule) => rule.resetAt(10),
      { headers: { Range: 'bytes=50-99' } },
      { status: 206, bytes: 50, end: 'fin' },
    ],
    [
      'resetEvery',
      (rule) => rule.resetEvery(1000),
      { headers: { Range: 'bytes=5000-' } },
      { status: 206, bytes: 1000, end: 'reset' },
    ],
    [
      'resetEvery, fits',
      (rule) => rule.resetEvery(1000),
      { headers: { Range: 'bytes=-1000' } },
      { status: 206, bytes: 1000, end: 'fin' },
    ],
    [
      'truncateAt',
      (rule) => rule.truncateAt(12_345),
      { keepAlive: true },
      { status: 200, bytes: 12_345, end: 'fin' },
    ],
    [
      'contentLengthOff +5',
      (rule) => rule.contentLengthOff(5),
      { keepAlive: true },
      { status: 200, bytes: SIZE, end: 'fin' },
    ],
    [
      'contentLengthOff -5',
      (rule) => rule.contentLengthOff(-5),
      { keepAlive: true },
      { status: 200, bytes: SIZE, end: 'fin' },
    ],
    ['shortenTo', (rule) => rule.shortenTo(99), {}, { status: 200, bytes: 99, end: 'fin' }],
    [
      'noContentLength close',
      (rule) => rule.noContentLength('close'),
      { keepAlive: true },
      { status: 200, bytes: SIZE, end: 'fin' },
    ],
    ['HEAD', (rule) => rule.resetAt(5), { method: 'HEAD' }, { status: 200, bytes: 0, end: 'fin' }],
  ])('%s', async (_, misbehave, options, expected) => {
    await using server = await withBlob();
    misbehave(server.mock.on({ repository: 'app' }));
    const response = await server.fetch(options);
    expect(summary(response)).toEqual(expected);
    const start =
      response.status === 206 ? Number(/(\d+)-/.exec(response.headers['content-range'] ?? '')?.[1]) : 0;
    expect(response.body.equals(server.bytes.subarray(start, start + expected.bytes))).toBe(true);
    await server.mock.log.idle();
    expect(server.mock.bytesSent()).toBe(expected.bytes);
  });

  test('declared lengths', async () => {
    await using server = await withBlob(1000);
    const declared = async (rule: Rule) => {
      rule.once();
      return (await server.fetch()).headers['content-length'];
    };
    const on = () => server.mock.on();
    expect(await declared(on().contentLengthOff(5))).toBe('1005');
    expect(await declared(on().contentLengthOff(-5))).toBe('995');
    expect(await declared(on().truncateAt(10))).toBe('1000');
    expect(await declared(on().shortenTo(10))).toBe('10');
    expect(await declared(on().noContentLength())).toBeUndefined();
    expect(await declared(on().noContentLength('close'))).toBeUndefined();
  });

  test('a chunked body that is cut short ends as if it were whole', async () => {
    await using server = await withBlob(1000);
    server.mock.on().noContentLength().truncateAt(10);
    const { headers, body } = await server.fetch();
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(body.toString('latin1')).toBe(
      `a\r\n${server.bytes.subarray(0, 10).toString('latin1')}\r\n0\r\n\r\n`,
    );
  });

  test('resetEvery lets a patient client through', async () => {
    await using server = await withBlob();
    server.mock.on({ operation: 'blobGet' }).always().resetEvery(65_536);
    const parts: Buffer[] = [];
    for (let at = 0; at < SIZE;) {
      const { body } = await server.fetch({ headers: { Range: `bytes=${at}-` } });
      parts.push(body);
      at += body.length;
    }
    expect(Buffer.concat(parts).equals(server.bytes)).toBe(true);
    expect(server.mock.count({ operation: 'blobGet', range: true, status: 206 })).toBe(5);
  });
});

describe('gates', () => {
  test('hold keeps the headers back', async () => {
    await using server = await withBlob();
    const gate = server.mock.on().hold();
    const response = server.fetch();
    await gate.reached;
    expect(server.mock.requests[0]?.status).toBeUndefined();
    gate.release();
    expect(summary(await response)).toEqual({ status: 200, bytes: SIZE, end: 'fin' });
  });

  test('holdAt sends the bytes before it, and only those', async () => {
    await using server = await withBlob();
    const gate = server.mock.on().holdAt(1024);
    const socket = connect(server.mock.port, '127.0.0.1');
    let received = Buffer.alloc(0);
    const enough = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length >= received.indexOf('\r\n\r\n') + 4 + 1024) resolve();
      });
    });
    socket.write(`GET /v2/app/blobs/${server.blob.digest} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await gate.reached;
    await enough;
    expect(received.length).toBe(received.indexOf('\r\n\r\n') + 4 + 1024);
    expect(server.mock.requests[0]).toMatchObject({ status: 200, bytesSent: 1024, outcome: 'pending' });
    gate.release();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received.subarray(-SIZE).equals(server.bytes)).toBe(true);
  });

  test('one gate for several requests; a client that leaves is noticed', async () => {
    await using server = await withBlob();
    const gate = new Gate();
    server.mock.on().holdAt(0, gate);
    const socket = connect(server.mock.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET /v2/app/blobs/${server.blob.digest} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await gate.reached;
    const second = server.fetch();
    await gate.arrived(2);
    socket.destroy();
    gate.release();
    expect((await second).body.length).toBe(SIZE);
    await server.mock.log.idle();
    expect(server.mock.requests.map(({ outcome }) => outcome)).toEqual(['left', 'complete']);
  });

  test('a black hole swallows the request until the client gives up; stop() ends those too', async () => {
    await using server = await withBlob();
    server.mock.on().blackHole();
    const first = server.fetch();
    await server.mock.seen();
    const gate = server.mock.on({ range: true }).holdAt(5);
    const second = server.fetch({ headers: { Range: 'bytes=0-9' } });
    await gate.reached;
    await server.mock.stop();
    expect((await first).status).toBe(0);
    expect((await second).body.length).toBe(5);
    await server.mock.log.idle();
  });

  test('delay and throttle come to the same end', async () => {
    await using server = await withBlob(5000);
    server.mock.on().delay(5).throttle(100_000);
    expect((await server.fetch()).body.equals(server.bytes)).toBe(true);
  });
});

describe('content and headers', () => {
  test.each([
    [0, 0],
    [65_536, 65_536],
    [-1, SIZE - 1],
  ])('flipAt %i', async (offset, at) => {
    await using server = await withBlob();
    server.mock.on().flipAt(offset);
    const { body } = await server.fetch();
    const different = [...body.entries()].filter(([i, byte]) => byte !== server.bytes[i]).map(([i]) => i);
    expect(different).toEqual([at]);
    expect(server.blob.bytes().equals(server.bytes)).toBe(true);
  });

  test.each<[string, (rule: Rule) => Rule, Record<string, string | undefined>]>([
    ['dropDigest', (rule) => rule.dropDigest(), { 'docker-content-digest': undefined }],
    ['wrongDigest', (rule) => rule.wrongDigest(), { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }],
    ['contentType', (rule) => rule.contentType('text/css'), { 'content-type': 'text/css' }],
    ['contentRange', (rule) => rule.contentRange('bytes 1-2/3'), { 'content-range': 'bytes 1-2/3' }],
    ['warning', (rule) => rule.warning('old'), { warning: '299 - "old"' }],
    [
      'rateLimit',
      (rule) => rule.rateLimit(100, 7),
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '7;w=21600' },
    ],
    ['header', (rule) => rule.header('X-Any', 'thing'), { 'x-any': 'thing' }],
  ])('%s', async (_, misbehave, expected) => {
    await using server = await withBlob(10);
    misbehave(server.mock.on());
    const { headers, body, status } = await server.fetch({ headers: { Range: 'bytes=0-9' } });
    expect([status, body.length]).toEqual([206, 10]);
    for (const [name, value] of Object.entries(expected)) expect(headers[name]).toBe(value);
  });

  test('ignoreRange, gzip, other bytes', async () => {
    await using server = await withBlob(1000);
    server.mock.on().once().ignoreRange();
    const all = await server.fetch({ headers: { Range: 'bytes=5-9' } });
    expect([all.status, all.body.length, all.headers['content-range']]).toEqual([200, 1000, undefined]);
    server.mock.on().once().gzip();
    const zipped = await server.fetch();
    expect(zipped.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(zipped.body.length),
      'docker-content-digest': server.blob.digest,
    });
    expect(gunzipSync(zipped.body).equals(server.bytes)).toBe(true);
    server.mock.on().once().bytes('other');
    expect((await server.fetch()).body.toString()).toBe('other');
  });

  test.each<[string, (rule: Rule) => Rule, number, string, string]>([
    [
      'status',
      (rule) => rule.status(502),
      502,
      '',
      '{"errors":[{"code":"UNKNOWN","message":"scripted 502"}]}',
    ],
    ['a body of its own', (rule) => rule.status(403, { body: 'no' }), 403, '', 'no'],
    [
      'tooManyRequests',
      (rule) => rule.tooManyRequests(7),
      429,
      'retry-after: 7',
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"scripted 429"}]}',
    ],
    ['redirectTo', (rule) => rule.redirectTo('ftp://a.test/b'), 307, 'location: ftp://a.test/b', ''],
  ])('%s', async (_, misbehave, status, header, body) => {
    await using server = await withBlob();
    misbehave(server.mock.on());
    const response = await server.fetch();
    expect([response.status, response.body.toString()]).toEqual([status, body]);
    const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}`);
    if (header !== '') expect(lines).toContain(header);
  });

  test('html and redirectLoop', async () => {
    await using server = await withBlob();
    server.mock.on().once().html();
    expect((await server.fetch()).headers['content-type']).toBe('text/html; charset=utf-8');
    server.mock.on().redirectLoop();
    const { headers } = await server.fetch();
    expect(headers['location']).toBe(`${server.mock.url}/v2/app/blobs/${server.blob.digest}`);
  });
});

describe('which rule', () => {
  async function statuses(mock: MockRegistry, blob: MadeBlob, count: number): Promise<readonly number[]> {
    const all: number[] = [];
    for (let i = 0; i < count; i++) {
      all.push((await rawRequest(mock.port, `/v2/app/blobs/${blob.digest}`)).status);
    }
    return all;
  }

  test('limited rules in order, then the newest unlimited one', async () => {
    await using server = await withBlob(10);
    const { mock, blob } = server;
    mock.on().status(500);
    const newest = mock.on().status(501);
    mock.on({ digest: blob.digest }).once().status(502);
    mock
      .on({ operation: ['blobGet', 'blobHead'] })
      .times(2)
      .status(503);
    expect(await statuses(mock, blob, 5)).toEqual([502, 503, 503, 501, 501]);
    newest.stop();
    expect([newest.uses, ...(await statuses(mock, blob, 1))]).toEqual([2, 500]);
    mock.behave();
    expect(await statuses(mock, blob, 1)).toEqual([200]);
  });

  test('nth and skip', async () => {
    await using server = await withBlob(10);
    const { mock, blob } = server;
    mock.on().nth(2).status(502);
    mock.on().skip(3).status(503);
    expect(await statuses(mock, blob, 5)).toEqual([200, 502, 200, 503, 503]);
  });

  test.each([
    [{ method: 'GET' }, true],
    [{ method: 'HEAD' }, false],
    [{ repository: 'app' }, true],
    [{ repository: 'ap' }, false],
    [{ path: /blobs\/sha256:/g }, true],
    [{ via: 'cdn' as const }, false],
    [{ range: true }, false],
    [{ range: false }, true],
    [{ operation: 'manifestGet' as const }, false],
    [{ where: ({ userAgent }: { userAgent?: string }) => userAgent === undefined }, true],
  ])('%o', async (match, matched) => {
    await using server = await withBlob(10);
    server.mock.on(match).status(418);
    expect(await statuses(server.mock, server.blob, 2)).toEqual(matched ? [418, 418] : [200, 200]);
  });
});

describe('weather of the connections', () => {
  test.each([
    ['silent', { status: 0 }],
    ['reset', { status: 0, end: 'reset' }],
    ['close', { status: 0, end: 'fin' }],
  ] as const)('%s', async (weather, expected) => {
    await using server = await withBlob(10);
    server.mock.connections.weather = weather;
    const response = server.fetch();
    if (weather === 'silent') {
      await server.mock.connections.accepted();
      await server.mock.stop();
      await server.mock.start();
    }
    expect(await response).toMatchObject(expected);
    server.mock.behave();
    expect((await server.fetch()).status).toBe(200);
  });
});
