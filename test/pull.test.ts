// The main job through the front door: pull through, serve from the cache, with and without the upstream.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../src/oci/media-type.ts';
import { errorCodes, errorMessage, openFrontDoor, sha256 } from './front-door.ts';

describe('manifests', () => {
  test('a tag is fetched once, revalidated by HEAD, and served with the upstream off', async () => {
    await using door = await openFrontDoor();
    const image = door.mock.addImage('team/app', 'v1');
    const first = await door.get('/v2/team/app/manifests/v1');
    expect(first.status).toBe(200);
    expect(first.body.equals(image.bytes)).toBe(true);
    expect(first.headers).toMatchObject({
      'content-type': image.mediaType,
      'docker-content-digest': image.digest,
      'content-length': String(image.size),
      'oci-namespace': door.mock.host,
      etag: `"${image.digest}"`,
    });
    expect(first.headers['warning']).toBeUndefined();
    await door.get('/v2/team/app/manifests/v1');
    expect(door.mock.count({ operation: 'manifestGet' })).toBe(1);
    expect(door.mock.count({ operation: 'manifestHead' })).toBe(1);
    await door.mock.stop();
    const stale = await door.get('/v2/team/app/manifests/v1');
    expect(stale.status).toBe(200);
    expect(stale.body.equals(image.bytes)).toBe(true);
    expect(stale.headers['warning']).toMatch(/^299 - "/);
  });

  test('a HEAD alone stores the manifest and binds the tag, as containerd needs it', async () => {
    await using door = await openFrontDoor();
    const image = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    const head = await door.head('/v2/app/manifests/v1');
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect(head.headers['content-length']).toBe(String(image.size));
    expect(head.headers['content-type']).toBe(mediaTypes.ociIndex);
    await door.mock.stop();
    const byDigest = await door.get(`/v2/app/manifests/${image.digest}`);
    expect(byDigest.status).toBe(200);
    expect((await door.head('/v2/app/manifests/v1')).status).toBe(200);
  });

  test('a tag that is bound while another of its manifest is being checked is not forgotten', async () => {
    await using door = await openFrontDoor({ softWaitMs: 60_000 });
    const image = door.mock.addImage('app', 'a', { layers: [] });
    door.mock.addManifest('app', 'b', image.bytes, image.mediaType);
    await door.get('/v2/app/manifests/a');
    const gate = door.mock.on({ operation: 'manifestHead', reference: 'a' }).once().hold();
    const checked = door.get('/v2/app/manifests/a');
    await gate.reached;
    await door.get('/v2/app/manifests/b');
    gate.release();
    await checked;
    await door.mock.stop();
    expect((await door.get('/v2/app/manifests/b')).status).toBe(200);
    const { tags } = JSON.parse((await door.get('/v2/app/tags/list')).body.toString()) as { tags: string[] };
    expect(tags).toEqual(['a', 'b']);
  });

  test('the case of a tag is kept', async () => {
    await using door = await openFrontDoor();
    const upper = door.mock.addImage('app', 'V1');
    const lower = door.mock.addImage('app', 'v1');
    expect((await door.get('/v2/app/manifests/V1')).headers['docker-content-digest']).toBe(upper.digest);
    expect((await door.get('/v2/app/manifests/v1')).headers['docker-content-digest']).toBe(lower.digest);
  });

  test('a tag that moves takes over, and the old manifest stays reachable by digest', async () => {
    await using door = await openFrontDoor();
    const old = door.mock.addImage('app', 'latest');
    await door.get('/v2/app/manifests/latest');
    const moved = door.mock.addImage('app', 'latest');
    expect((await door.get('/v2/app/manifests/latest')).headers['docker-content-digest']).toBe(moved.digest);
    await door.mock.stop();
    await door.restart();
    expect((await door.get('/v2/app/manifests/latest')).headers['docker-content-digest']).toBe(moved.digest);
    expect((await door.get(`/v2/app/manifests/${old.digest}`)).status).toBe(200);
  });

  test('a slow revalidation is not waited for, and moves the tag for the next one', async () => {
    await using door = await openFrontDoor({ softWaitMs: 20 });
    const old = door.mock.addImage('app', 'latest');
    await door.get('/v2/app/manifests/latest');
    const moved = door.mock.addImage('app', 'latest');
    const gate = door.mock.on({ operation: 'manifestHead' }).once().hold();
    const stale = await door.get('/v2/app/manifests/latest');
    expect(stale.headers['docker-content-digest']).toBe(old.digest);
    expect(stale.headers['warning']).toMatch(/^299/);
    gate.release();
    await expect
      .poll(async () => (await door.get('/v2/app/manifests/latest')).headers['docker-content-digest'])
      .toBe(moved.digest);
  });

  test.each([
    ['404 stays 404', 404, 404, 'MANIFEST_UNKNOWN'],
    ['401 is 403', 401, 403, 'DENIED'],
    ['403 is 403', 403, 403, 'DENIED'],
    ['429 is 503', 429, 503, 'TOOMANYREQUESTS'],
    ['500 is 503', 500, 503, 'UNAVAILABLE'],
  ])('an upstream that fails on an uncached tag: %s', async (_, said, status, code) => {
    await using door = await openFrontDoor();
    door.mock.addImage('app', 'v1');
    door.mock.on({ operation: 'manifestGet' }).always().status(said);
    const answer = await door.get('/v2/app/manifests/v1');
    expect(answer.status).toBe(status);
    expect(errorCodes(answer)).toEqual([code]);
    if (status === 503) expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  test('a cached tag is served whatever the upstream says', async () => {
    await using door = await openFrontDoor();
    const image = door.mock.addImage('app', 'v1');
    await door.get('/v2/app/manifests/v1');
    for (const status of [401, 403, 404, 429, 500, 503]) {
      door.mock.on({ operation: 'manifestHead' }).once().status(status);
      const answer = await door.get('/v2/app/manifests/v1');
      expect([status, answer.status, answer.headers['docker-content-digest']]).toEqual([
        status,
        200,
        image.digest,
      ]);
    }
  });
});

describe('blobs', () => {
  test('a cold blob is streamed and cached, and served with the upstream off after a restart', async () => {
    await using door = await openFrontDoor();
    const image = door.mock.addImage('app', 'v1', { layers: [3_000_000, 0] });
    await door.get('/v2/app/manifests/v1');
    for (const blob of image.blobs) {
      const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
      expect(answer.status).toBe(200);
      expect(sha256(answer.body)).toBe(blob.digest);
      expect(answer.headers).toMatchObject({
        'content-length': String(blob.size),
        'docker-content-digest': blob.digest,
        'accept-ranges': 'bytes',
        'content-type': 'application/octet-stream',
      });
    }
    await door.mock.stop();
    await door.restart();
    for (const blob of image.blobs) {
      const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
      expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
      const head = await door.head(`/v2/app/blobs/${blob.digest}`);
      expect([head.status, head.headers['content-length']]).toEqual([200, String(blob.size)]);
    }
  });

  test('100 clients that ask for one cold blob cause one upstream GET, and the first byte precedes the last', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 8 * 1024 * 1024 });
    const gate = door.mock
      .on({ operation: 'blobGet', digest: blob.digest })
      .once()
      .holdAt(4 * 1024 * 1024);
    const first = fetch(`${door.url}/v2/app/blobs/${blob.digest}?ns=${door.mock.host}`);
    const reader = (await first).body?.getReader();
    const begun = await reader?.read();
    expect(begun?.done).toBe(false);
    await reader?.cancel();
    const others = Array.from({ length: 100 }, () => door.get(`/v2/app/blobs/${blob.digest}`));
    gate.release();
    for (const answer of await Promise.all(others.map(async (other) => sha256((await other).body)))) {
      expect(answer).toBe(blob.digest);
    }
    expect(door.mock.count({ operation: 'blobGet', digest: blob.digest })).toBe(1);
  });

  test('an upstream that resets every 64 KiB still yields a complete, correct pull', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 2_000_001 });
    door.mock.on({ operation: 'blobGet' }).always().resetEvery(65536);
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
  });

  test.each([
    ['large', 1_000_000],
    ['small', 1000],
    ['one byte', 1],
  ])(
    'a flipped byte in a %s body: no client ends with a clean 200, and nothing is cached',
    async (_, size) => {
      await using door = await openFrontDoor();
      const blob = door.mock.addBlob('app', { size });
      door.mock
        .on({ operation: 'blobGet' })
        .always()
        .flipAt(size >> 1);
      const outcome = await door.get(`/v2/app/blobs/${blob.digest}`).then(
        ({ status }) => status,
        () => 'broken',
      );
      expect(size > 65536 ? outcome : 'broken').toBe('broken');
      expect(outcome).not.toBe(200);
      expect(await readdir(join(door.imagePath, 'blobs'))).toEqual([]);
      door.mock.reset();
    },
  );

  test('a fill outlives its only client', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 1_000_000 });
    const gate = door.mock.on({ operation: 'blobGet' }).once().holdAt(500_000);
    const abort = new AbortController();
    const response = await fetch(`${door.url}/v2/app/blobs/${blob.digest}?ns=${door.mock.host}`, {
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    abort.abort();
    gate.release();
    await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toEqual([blob.digest.slice(7)]);
    expect(await readdir(join(door.imagePath, 'pulls'))).toEqual([]);
  });

  test('a HEAD for a cold blob asks upstream and fills nothing', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 1234 });
    const head = await door.head(`/v2/app/blobs/${blob.digest}`);
    expect([head.status, head.headers['content-length']]).toEqual([200, '1234']);
    expect(door.mock.count({ operation: 'blobGet' })).toBe(0);
  });

  test('an unknown blob is 404', async () => {
    await using door = await openFrontDoor();
    const answer = await door.get(`/v2/app/blobs/sha256:${'0'.repeat(64)}`);
    expect([answer.status, errorCodes(answer)]).toEqual([404, ['BLOB_UNKNOWN']]);
  });
});

describe('air-gapped', () => {
  test('what is absent is a 404 at once that says why, and nothing is asked', async () => {
    await using door = await openFrontDoor({ config: { airGapped: true } });
    door.mock.addImage('app', 'v1');
    const answer = await door.get('/v2/app/manifests/v1');
    expect([answer.status, errorCodes(answer)]).toEqual([404, ['MANIFEST_UNKNOWN']]);
    expect(errorMessage(answer)).toContain('air-gapped');
    expect(door.mock.requests).toEqual([]);
  });
});
