// The distribution API's face: versions, verbs, names, errors, lists, conditional requests.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../src/oci/media-type.ts';
import { errorCodes, errorMessage, openFrontDoor, sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door[Symbol.asyncDispose]());

/** What fetch and undici would tidy up is sent as it is. */
async function sendRaw(text: string): Promise<string> {
  const socket = connect(door.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end(text);
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

describe('support', () => {
  test.each(['/v2/', '/v2'])('GET and HEAD %s', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await door.raw(path, {}, method);
      expect(answer.status).toBe(200);
      expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.body.toString()).toBe(method === 'GET' ? '{}' : '');
    }
  });
});

describe('verbs that write', () => {
  test.each([
    ['POST', '/v2/app/blobs/uploads/'],
    ['PATCH', '/v2/app/blobs/uploads/1'],
    ['PUT', '/v2/app/manifests/v1'],
    ['PUT', `/v2/app/manifests/${sha256(Buffer.from('a')).replace(':', '%3A')}?ns=x.test`],
    ['DELETE', '/v2/app/manifests/v1'],
    ['OPTIONS', '/v2/'],
  ])('%s %s', async (method, path) => {
    const answer = await door.raw(path, {}, method);
    expect([answer.status, answer.headers['allow'], errorCodes(answer)]).toEqual([
      405,
      'GET, HEAD',
      ['UNSUPPORTED'],
    ]);
  });

  test.each([
    ['PUT', '/v2/app/manifests/sha256:totallywrong', 400, 'DIGEST_INVALID'],
    ['DELETE', '/v2/app/manifests/sha256:totallywrong?ns=x.test', 400, 'DIGEST_INVALID'],
    ['PUT', '/v2/app/manifests/.INVALID_MANIFEST_NAME', 404, 'MANIFEST_UNKNOWN'],
    ['PUT', '/v2/a%2fb/manifests/v1', 400, 'NAME_INVALID'],
  ])('%s %s, where no registry could write', async (method, path, status, code) => {
    const answer = await door.raw(path, {}, method);
    expect([answer.status, errorCodes(answer)]).toEqual([status, [code]]);
  });
});

describe('names, references and digests', () => {
  const rows: readonly (readonly [path: string, status: number, code: string])[] = [
    ['/v2/app/manifests/.INVALID_MANIFEST_NAME?ns=x.test', 404, 'MANIFEST_UNKNOWN'],
    ['/v2/app/manifests/sha256:totallywrong?ns=x.test', 400, 'DIGEST_INVALID'],
    ['/v2/app/blobs/sha256:totallywrong?ns=x.test', 400, 'DIGEST_INVALID'],
    ['/v2/app/blobs/v1?ns=x.test', 400, 'DIGEST_INVALID'],
    ['/v2/app/referrers/sha256:totallywrong?ns=x.test', 400, 'DIGEST_INVALID'],
    ['/v2/UPPER/manifests/v1?ns=x.test', 400, 'NAME_INVALID'],
    ['/v2/a%2fb/manifests/v1?ns=x.test', 400, 'NAME_INVALID'],
    ['/v2/app/manifests/v1?ns=https://x.test', 400, 'NAME_INVALID'],
    ['/v2/app/manifests/v1?ns=x.test/path', 400, 'NAME_INVALID'],
    ['/v2/app/manifests/v1', 400, 'NAME_INVALID'],
    ['/v2/app/tags/list?n=-1&ns=x.test', 400, 'UNSUPPORTED'],
    ['/v2/app/tags/list?n=many&ns=x.test', 400, 'UNSUPPORTED'],
    ['/v2/app/nothing/here', 404, 'NAME_UNKNOWN'],
    ['/elsewhere', 404, 'NAME_UNKNOWN'],
  ];
  test.each(rows)('%s', async (path, status, code) => {
    const answer = await door.raw(path);
    expect([answer.status, errorCodes(answer)]).toEqual([status, [code]]);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  test('who names no registry is told how, and where the repository is cached', async () => {
    door.mock.addImage('deep/known', 'v1');
    await door.get('/v2/deep/known/manifests/v1');
    const answer = await door.raw('/v2/known/manifests/v1');
    expect(answer.status).toBe(400);
    expect(errorMessage(answer)).toContain('ns=');
    expect(errorMessage(answer)).toContain(`${door.mock.host}/deep/known`);
  });

  test.each([
    '/v2/a/../b/manifests/v1',
    '/v2//a/manifests/v1',
    '/v2/./a/manifests/v1',
    '/v2/a\\b/manifests/v1',
  ])('as they stand on the wire: %s', async (path) => {
    const answer = await sendRaw(`GET ${path}?ns=x.test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('NAME_INVALID');
  });

  test('a request for ourselves is refused, not looped', async () => {
    const answer = await door.raw(`/v2/app/manifests/v1?ns=127.0.0.1:${door.port}`);
    expect([answer.status, errorCodes(answer)]).toEqual([400, ['NAME_INVALID']]);
  });
});

describe('which registry', () => {
  test.each([
    ['?ns=', (host: string) => [`/v2/some/deep/app/manifests/v1?ns=${host}`, {}] as const, true],
    [
      'OCI-Namespace',
      (host: string) => ['/v2/some/deep/app/manifests/v1', { 'oci-namespace': host }] as const,
      false,
    ],
    [
      'X-Registry',
      (host: string) => ['/v2/some/deep/app/manifests/v1', { 'x-registry': host }] as const,
      false,
    ],
    ['f/<host>/', (host: string) => [`/v2/f/${host}/some/deep/app/manifests/v1`, {}] as const, false],
    ['<host>/', (host: string) => [`/v2/${host}/some/deep/app/manifests/v1`, {}] as const, false],
    [
      '<host>__<port>/',
      (host: string) => [`/v2/${host.replace(':', '__')}/some/deep/app/manifests/v1`, {}] as const,
      false,
    ],
  ])('is named by %s', async (_, request, echoed) => {
    const image = door.mock.addImage('some/deep/app', 'v1', { layers: [] });
    const [path, headers] = request(door.mock.host);
    const answer = await door.raw(path, headers);
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([200, image.digest]);
    expect(answer.headers['oci-namespace']).toBe(echoed ? door.mock.host : undefined);
  });
});

describe('conditional requests', () => {
  test.each([
    ['quoted', (digest: string) => `"${digest}"`, 304],
    ['bare', (digest: string) => digest, 304],
    ['in a list', (digest: string) => `"other", W/"${digest}"`, 304],
    ['other', () => '"sha256:other"', 200],
  ])('If-None-Match %s', async (_, value, status) => {
    const image = door.mock.addImage('conditional', 'v1', { layers: [100] });
    for (const path of [
      `/v2/conditional/manifests/v1`,
      `/v2/conditional/blobs/${image.layers[0]?.digest ?? ''}`,
    ]) {
      const digest = path.includes('blobs') ? (image.layers[0]?.digest ?? '') : image.digest;
      for (const method of ['GET', 'HEAD'] as const) {
        const answer = await door.get(path, { 'if-none-match': value(digest) }, method);
        expect([answer.status, answer.headers['etag']]).toEqual([status, `"${digest}"`]);
        if (status === 304) expect(answer.body.length).toBe(0);
      }
    }
  });
});

describe('lists of what is cached', () => {
  test('tags in ASCII order, paged', async () => {
    const tags = ['b', 'A', 'c', '10', '9'];
    for (const tag of tags) {
      door.mock.addImage('tagged', tag, { layers: [] });
      await door.get(`/v2/tagged/manifests/${tag}`);
    }
    const all = await door.get('/v2/tagged/tags/list');
    expect(JSON.parse(all.body.toString())).toEqual({ name: 'tagged', tags: ['10', '9', 'A', 'b', 'c'] });
    const seen: string[] = [];
    let path: string | undefined = `/v2/tagged/tags/list?n=2&ns=${door.mock.host}`;
    while (path !== undefined) {
      const page = await door.raw(path);
      seen.push(...(JSON.parse(page.body.toString()) as { tags: string[] }).tags);
      path = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link'] ?? ''))?.[1];
    }
    expect(seen).toEqual(['10', '9', 'A', 'b', 'c']);
    const none = await door.get('/v2/tagged/tags/list?n=0');
    expect([JSON.parse(none.body.toString()), none.headers['link']]).toEqual([
      { name: 'tagged', tags: [] },
      undefined,
    ]);
  });

  test('the catalog names repositories under their registries', async () => {
    door.mock.addImage('listed/in/catalog', 'v1', { layers: [] });
    await door.get('/v2/listed/in/catalog/manifests/v1');
    const { repositories } = JSON.parse((await door.raw('/v2/_catalog')).body.toString()) as {
      repositories: string[];
    };
    expect(repositories).toContain(`${door.mock.host}/listed/in/catalog`);
    expect(repositories).toEqual([...repositories].sort());
  });

  test('referrers, filtered by artifact type; an empty list when there are none', async () => {
    const image = door.mock.addImage('referred', 'v1', { layers: [] });
    await door.get('/v2/referred/manifests/v1');
    const empty = await door.get(`/v2/referred/referrers/${image.digest}`);
    expect([empty.status, empty.headers['content-type']]).toEqual([200, mediaTypes.ociIndex]);
    expect(JSON.parse(empty.body.toString())).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
    });
    for (const artifactType of ['application/x.signature', 'application/x.sbom']) {
      const artifact = door.mock.addArtifact('referred', {
        artifactType,
        subject: image.descriptor,
        annotations: { a: 'b' },
      });
      await door.get(`/v2/referred/manifests/${artifact.digest}`);
    }
    const answer = await door.get(`/v2/referred/referrers/${image.digest}?artifactType=application/x.sbom`);
    expect(answer.headers['oci-filters-applied']).toBe('artifactType');
    const { manifests } = JSON.parse(answer.body.toString()) as { manifests: unknown[] };
    expect(manifests).toMatchObject([{ artifactType: 'application/x.sbom', annotations: { a: 'b' } }]);
  });
});

test('a manifest with both layers and manifests is refused', async () => {
  const text = '{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}';
  door.mock.addManifest('confused', 'v1', text, mediaTypes.ociManifest);
  const answer = await door.get('/v2/confused/manifests/v1');
  expect([answer.status, errorCodes(answer)]).toEqual([502, ['MANIFEST_INVALID']]);
});
