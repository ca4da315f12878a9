// The mock, well-behaved: the specification's answers, counting, and its life.
import { connect } from 'node:net';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { allManifests, childFor, fallbackTag, startMock } from './index.ts';
import type { MockRegistry } from './index.ts';
import { rawRequest } from './raw-client.ts';

async function get(
  url: string,
  headers: Record<string, string> = {},
  method: 'GET' | 'HEAD' | 'PUT' = 'GET',
) {
  const response = await request(url, { method, headers });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, bytes };
}

async function getJson(
  url: string,
): Promise<{ status: number; headers: Record<string, unknown>; json: unknown }> {
  const { status, headers, bytes } = await get(url);
  return { status, headers, json: JSON.parse(bytes.toString()) };
}

describe('manifests', () => {
  test.each(['oci', 'docker'] as const)(
    '%s: by tag and digest, GET and HEAD, byte for byte',
    async (kind) => {
      await using mock = await startMock();
      const image = mock.addImage('a/b/c/d/e', 'v1', {
        mediaTypes: kind,
        platforms: ['linux/amd64', 'linux/arm/v7'],
      });
      for (const made of allManifests(image)) {
        for (const reference of [made.digest, ...(made.tag === undefined ? [] : [made.tag])]) {
          const url = `${mock.url}/v2/a/b/c/d/e/manifests/${reference}`;
          const got = await get(url);
          expect(got.bytes.equals(made.bytes)).toBe(true);
          expect(digestOf(got.bytes)).toBe(made.digest);
          const expected = {
            'docker-content-digest': made.digest,
            etag: `"${made.digest}"`,
            'content-length': String(made.size),
            'content-type': made.mediaType,
          };
          expect(got.headers).toMatchObject(expected);
          const head = await get(url, {}, 'HEAD');
          expect([head.status, head.bytes.length]).toEqual([200, 0]);
          expect(head.headers).toMatchObject(expected);
          expect((await get(url, { 'If-None-Match': `"${made.digest}"` })).status).toBe(304);
        }
      }
      const child = childFor(image, 'linux/arm/v7');
      expect(child.layers.map(({ size }) => size)).toEqual([1024, 4096]);
      expect(mock.count({ operation: 'manifestHead' })).toBe(
        mock.count({ operation: 'manifestGet', status: 200 }),
      );
    },
  );

  test('shapes: nested and empty index, no layers, raw bytes, sha512, annotations', async () => {
    await using mock = await startMock();
    const bare = mock.addImage('app', 'bare', {
      layers: [],
      annotations: { note: 'none' },
      algorithm: 'sha512',
    });
    expect(bare.digest).toMatch(/^sha512:/);
    expect(JSON.parse(bare.bytes.toString())).toMatchObject({ layers: [], annotations: { note: 'none' } });
    const inner = mock.addIndex('app', undefined, [bare]);
    const outer = mock.addIndex('app', 'nested', [inner, mock.addIndex('app', undefined, [])]);
    expect(outer.blobs).toEqual([bare.config]);
    const raw = mock.addManifest('app', 'raw', '{"layers":[],"manifests":[]}', 'text/html');
    const got = await get(`${mock.url}/v2/app/manifests/raw`);
    expect([got.headers['content-type'], got.bytes.equals(raw.bytes)]).toEqual(['text/html', true]);
    expect((await get(`${mock.url}/v2/app/manifests/${bare.digest}`)).bytes.equals(bare.bytes)).toBe(true);
  });

  test('moved and deleted', async () => {
    await using mock = await startMock();
    const old = mock.addImage('app', 'v1');
    const next = mock.addImage('app', 'v1');
    const status = async (path: string) => (await get(`${mock.url}/v2/${path}`)).status;
    expect((await get(`${mock.url}/v2/app/manifests/v1`)).bytes.equals(next.bytes)).toBe(true);
    mock.store.tag('app', 'v1', old.digest);
    expect((await get(`${mock.url}/v2/app/manifests/v1`)).bytes.equals(old.bytes)).toBe(true);
    mock.store.deleteTag('app', 'v1');
    expect([await status('app/manifests/v1'), await status(`app/manifests/${old.digest}`)]).toEqual([
      404, 200,
    ]);
    mock.store.deleteManifest('app', old.digest);
    expect(await status(`app/manifests/${old.digest}`)).toBe(404);
    const blob = next.layers[0]?.digest ?? '';
    mock.store.deleteBlob('app', blob);
    expect(await status(`app/blobs/${blob}`)).toBe(404);
    mock.store.deleteRepository('app');
    expect((await getJson(`${mock.url}/v2/app/tags/list`)).json).toMatchObject({
      errors: [{ code: 'NAME_UNKNOWN' }],
    });
  });

  test.each([
    ['app/manifests/none', 404, 'MANIFEST_UNKNOWN'],
    ['none/manifests/v1', 404, 'NAME_UNKNOWN'],
    [`app/blobs/sha256:${'0'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
    ['app/blobs/sha256:totallywrong', 400, 'DIGEST_INVALID'],
    ['app/manifests/.INVALID_MANIFEST_NAME', 404, 'MANIFEST_UNKNOWN'],
    ['App/manifests/v1', 400, 'NAME_INVALID'],
    ['nonsense', 404, 'UNKNOWN'],
  ])('error: %s is %i %s', async (path, status, code) => {
    await using mock = await startMock();
    mock.addImage('app', 'v1');
    expect(await getJson(`${mock.url}/v2/${path}`)).toMatchObject({ status, json: { errors: [{ code }] } });
  });

  test('writing verbs are refused', async () => {
    await using mock = await startMock();
    const { status, headers } = await get(`${mock.url}/v2/app/manifests/v1`, {}, 'PUT');
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});

describe('blobs', () => {
  test.each([
    ['bytes=500-1499', 206, 'bytes 500-1499/2048', [500, 1500]],
    ['bytes=500-', 206, 'bytes 500-2047/2048', [500, 2048]],
    ['bytes=-500', 206, 'bytes 1548-2047/2048', [1548, 2048]],
    ['bytes=2000-5000', 206, 'bytes 2000-2047/2048', [2000, 2048]],
    ['bytes=5000-10000', 416, 'bytes */2048', undefined],
    ['bytes=500-0', 416, 'bytes */2048', undefined],
    ['bytes=0-1,5-6', 200, undefined, [0, 2048]],
  ] as const)('%s is %i %s', async (range, status, contentRange, part) => {
    await using mock = await startMock();
    const blob = mock.addBlob('app', { size: 2048 });
    const got = await get(`${mock.url}/v2/app/blobs/${blob.digest}`, { Range: range });
    expect([got.status, got.headers['content-range']]).toEqual([status, contentRange]);
    if (part !== undefined) expect(got.bytes.equals(blob.bytes().subarray(...part))).toBe(true);
    expect(mock.requests[0]).toMatchObject({
      range,
      operation: 'blobGet',
      reference: blob.digest,
      repository: 'app',
    });
  });

  test.each([0, 1, 4095, 65_535, 65_536, 65_537, 1_000_003, 32 * 1024 * 1024])('%i bytes', async (size) => {
    await using mock = await startMock();
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const blob = mock.addBlob('app', { size, algorithm });
      const got = await get(`${mock.url}/v2/app/blobs/${blob.digest}`);
      expect(digestOf(got.bytes, algorithm)).toBe(blob.digest);
      const head = await get(`${mock.url}/v2/app/blobs/${blob.digest}`, {}, 'HEAD');
      expect(head.headers['content-length']).toBe(String(size));
    }
    await mock.log.idle();
    expect(mock.bytesSent({ operation: 'blobGet' })).toBe(2 * size);
  });

  test('the same seed makes the same bytes; no two blocks are alike', async () => {
    const make = (mock: MockRegistry) => mock.addBlob('app', { size: 300_000 });
    await using first = await startMock({ seed: 7 });
    await using second = await startMock({ seed: 7 });
    const bytes = make(first).bytes();
    expect(make(second).bytes().equals(bytes)).toBe(true);
    const pages = Array.from({ length: 73 }, (_, i) =>
      bytes.subarray(i * 4096, (i + 1) * 4096).toString('hex'),
    );
    expect(new Set(pages).size).toBe(73);
    expect(make(first).bytes().equals(bytes)).toBe(false);
  });

  test('a layer that another image has, one that is not there, and a lie in a descriptor', async () => {
    await using mock = await startMock();
    const base = mock.addImage('base', 'v1', { layers: [{ files: { 'etc/os-release': 'NAME=mock\n' } }] });
    const [shared] = base.layers;
    if (shared === undefined) throw new Error('no layer');
    const image = mock.addImage('app', 'v1', {
      layers: [
        shared,
        { stored: false, size: 5 },
        { size: 5, descriptor: { size: 6, urls: ['http://a.test/'] } },
      ],
    });
    const status = async (digest = '') => (await get(`${mock.url}/v2/app/blobs/${digest}`)).status;
    expect(await Promise.all(image.layers.map(({ digest }) => status(digest)))).toEqual([200, 404, 200]);
    expect(JSON.parse(image.bytes.toString())).toMatchObject({
      layers: [{}, {}, { size: 6, urls: ['http://a.test/'] }],
    });
    expect(JSON.parse(image.config?.bytes().toString() ?? '')).toMatchObject({
      rootfs: { diff_ids: [shared.diffId, image.layers[1]?.digest, image.layers[2]?.digest] },
    });
  });
});

describe('lists', () => {
  async function mockWithTags(...tags: readonly string[]): Promise<MockRegistry> {
    const mock = await startMock();
    for (const tag of tags) mock.addImage('team/app', tag, { layers: [] });
    return mock;
  }

  test('tags in ASCII order, by the page', async () => {
    await using mock = await mockWithTags('b', 'a', 'B', '1');
    const list = `${mock.url}/v2/team/app/tags/list`;
    expect((await getJson(list)).json).toEqual({ name: 'team/app', tags: ['1', 'B', 'a', 'b'] });
    const page = await getJson(`${list}?n=2`);
    expect(page).toMatchObject({
      json: { tags: ['1', 'B'] },
      headers: { link: '</v2/team/app/tags/list?n=2&last=B>; rel="next"' },
    });
    expect((await getJson(`${list}?n=2&last=B`)).headers['link']).toBeUndefined();
    expect(await getJson(`${list}?n=0`)).toMatchObject({ json: { tags: [] } });
    mock.presentation.paging = { pageSize: 1, link: 'absolute' };
    expect((await getJson(`${list}?n=100`)).headers['link']).toBe(`<${list}?n=1&last=1>; rel="next"`);
    mock.presentation.paging = { pageSize: 1, link: { origin: 'http://evil.test' } };
    expect((await getJson(list)).headers['link']).toContain('<http://evil.test/v2/team/app/tags/list?');
    expect((await getJson(`${mock.url}/v2/_catalog`)).json).toEqual({ repositories: ['team/app'] });
  });

  test('referrers by the API, filtered, and by the fallback tag', async () => {
    await using mock = await startMock();
    const image = mock.addImage('app', 'v1');
    const subject = image.descriptor;
    const sbom = mock.addArtifact('app', {
      subject,
      artifactType: 'application/sbom',
      annotations: { a: 'b' },
    });
    const signature = mock.addArtifact('app', {
      subject,
      artifactType: 'application/sig',
      fallbackTag: true,
    });
    const path = `${mock.url}/v2/app/referrers/${image.digest}`;
    const all = await getJson(path);
    expect(all.headers['content-type']).toBe(mediaTypes.ociIndex);
    const digests = (json: unknown) =>
      (json as { manifests: { digest: string }[] }).manifests.map((m) => m.digest);
    expect(digests(all.json)).toEqual([sbom.digest, signature.digest].sort());
    const filtered = await getJson(`${path}?artifactType=application/sbom`);
    expect(filtered).toMatchObject({
      headers: { 'oci-filters-applied': 'artifactType' },
      json: {
        manifests: [{ digest: sbom.digest, artifactType: 'application/sbom', annotations: { a: 'b' } }],
      },
    });
    expect(digests((await getJson(`${mock.url}/v2/app/referrers/${sbom.digest}`)).json)).toEqual([]);
    mock.presentation.referrersApi = false;
    expect((await get(path)).status).toBe(404);
    const fallback = await getJson(`${mock.url}/v2/app/manifests/${fallbackTag(image.digest)}`);
    expect(digests(fallback.json)).toEqual(digests(all.json));
    mock.presentation.referrersApi = true;
    mock.presentation.paging = { pageSize: 1 };
    const first = await getJson(path);
    const [, next = ''] = /<(.+)>/.exec(String(first.headers['link'])) ?? [];
    const second = await getJson(mock.url + next);
    expect([...digests(first.json), ...digests(second.json)]).toEqual(digests(all.json));
  });
});

describe('life', () => {
  test('stops, refuses, starts again on the same port, and breaks open connections', async () => {
    await using mock = await startMock();
    const { port, host } = mock;
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await mock.stop();
    await new Promise((resolve) => socket.once('close', resolve));
    await expect(request(`${mock.url}/v2/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await mock.start();
    expect([mock.port, mock.host]).toEqual([port, host]);
    expect((await getJson(`${mock.url}/v2/`)).json).toEqual({});
  });

  test('counts connections and requests, and tells of them as they come', async () => {
    await using mock = await startMock();
    const seen = mock.seen({ path: /_catalog/ }, 2);
    await rawRequest(mock.port, '/v2/_catalog', { headers: { 'User-Agent': 'a/1' } });
    await rawRequest(mock.port, '/v2/_catalog', { headers: { 'User-Agent': 'b/2' } });
    expect(await seen).toMatchObject({ userAgent: 'b/2', method: 'GET', via: 'registry' });
    await mock.log.idle();
    expect(mock.connections.opened).toBe(2);
    expect(mock.requests.map(({ status, outcome }) => [status, outcome])).toEqual([
      [200, 'complete'],
      [200, 'complete'],
    ]);
    mock.reset();
    expect([mock.count(), mock.connections.opened]).toEqual([0, 0]);
  });
});
