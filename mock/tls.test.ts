// The mock over TLS: certificates good and bad, mutual TLS, resets, and plain HTTP where TLS is spoken.
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import type { Ca, IssueOptions } from './certificates.ts';
import { issue, makeCa } from './certificates.ts';
import { startMock } from './index.ts';
import type { MockOptions } from './index.ts';

async function startTls(
  ca: Ca,
  options: Partial<IssueOptions> = {},
  tls: { clientCa?: string } = {},
  rest: MockOptions = {},
) {
  const server = await issue(ca, { names: ['127.0.0.1', 'localhost'], ...options });
  return startMock({ ...rest, tls: { ...server, ...tls } });
}

async function get(url: string, connect: { ca?: string; cert?: string; key?: string }) {
  const dispatcher = new Agent({ connect });
  try {
    const response = await request(url, { dispatcher });
    return { status: response.statusCode, bytes: Buffer.from(await response.body.arrayBuffer()) };
  } finally {
    await dispatcher.destroy();
  }
}

test('a client that trusts the authority is served, another is not', async () => {
  const [ca, other] = [await makeCa(), await makeCa({ name: 'Other' })];
  await using mock = await startTls(ca);
  expect(mock.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const blob = mock.addBlob('app', { size: 1_000_000 });
  const got = await get(`${mock.url}/v2/app/blobs/${blob.digest}`, { ca: ca.cert });
  expect(got.bytes.equals(blob.bytes())).toBe(true);
  await expect(get(`${mock.url}/v2/`, { ca: other.cert })).rejects.toThrow(/certificate/);
  await expect(get(`${mock.url}/v2/`, {})).rejects.toThrow(/certificate/);
  expect(mock.count()).toBe(1);
});

test.each<[string, Partial<IssueOptions>, string]>([
  ['expired', { notAfter: new Date(Date.now() - 60_000) }, 'CERT_HAS_EXPIRED'],
  ['not yet valid', { notBefore: new Date(Date.now() + 3_600_000) }, 'CERT_NOT_YET_VALID'],
  ['of another name', { names: ['other.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
])('a certificate that is %s', async (_, options, code) => {
  const ca = await makeCa();
  await using mock = await startTls(ca, options);
  await expect(get(`${mock.url}/v2/`, { ca: ca.cert })).rejects.toMatchObject({ code });
});

test('mutual TLS', async () => {
  const [ca, clientCa] = [await makeCa(), await makeCa({ name: 'Clients' })];
  await using mock = await startTls(ca, {}, { clientCa: clientCa.cert });
  const client = await issue(clientCa, { names: ['ann'], client: true });
  expect((await get(`${mock.url}/v2/`, { ca: ca.cert, ...client })).status).toBe(200);
  expect(mock.requests[0]?.clientName).toBe('ann');
  await expect(get(`${mock.url}/v2/`, { ca: ca.cert })).rejects.toThrow();
  const stranger = await issue(ca, { names: ['eve'], client: true });
  await expect(get(`${mock.url}/v2/`, { ca: ca.cert, ...stranger })).rejects.toThrow();
});

test('a reset beneath TLS, and a weather of plain HTTP', async () => {
  const ca = await makeCa();
  await using mock = await startTls(ca);
  const blob = mock.addBlob('app', { size: 100_000 });
  const url = `${mock.url}/v2/app/blobs/${blob.digest}`;
  mock.on().once().resetAt(50_000);
  await expect(get(url, { ca: ca.cert })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(mock.requests[0]).toMatchObject({ bytesSent: 50_000 });
  mock.connections.weather = 'plain';
  await expect(get(url, { ca: ca.cert })).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
  expect((await get(url.replace('https:', 'http:'), {})).status).toBe(200);
  mock.connections.weather = 'serve';
  expect((await get(url, { ca: ca.cert })).status).toBe(200);
  await expect(get(url.replace('https:', 'http:'), {})).rejects.toThrow();
  expect(mock.connections.failedHandshakes).toBeGreaterThan(0);
});

test('CDN and token service speak TLS too, with the same certificate', async () => {
  const ca = await makeCa();
  await using mock = await startTls(ca, {}, {}, { cdn: true, auth: { scheme: 'bearer', listener: {} } });
  expect([mock.cdnListener.origin, mock.tokenListener.origin].map((origin) => origin.slice(0, 8))).toEqual([
    'https://',
    'https://',
  ]);
  expect((await get(`${mock.tokenListener.origin}/token`, { ca: ca.cert })).status).toBe(200);
});
