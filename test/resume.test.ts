// Downloads that break: taken up at the byte where they broke, now or after a restart, and never believed unverified.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFrontDoor, sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const size = 1_000_000;

async function partials(door: FrontDoor): Promise<readonly string[]> {
  return (await readdir(join(door.imagePath, 'pulls'))).filter((name) => name.endsWith('.part'));
}

/** Stops the server while the upstream holds the body at a byte. */
async function interrupted(door: FrontDoor, digest: string, at: number): Promise<void> {
  const gate = door.mock.on({ operation: 'blobGet' }).once().holdAt(at);
  const pull = door.get(`/v2/app/blobs/${digest}`).catch(() => undefined);
  await gate.reached;
  await expect.poll(async () => (await partialBytes(door)).length).toBe(at);
  await door.stop(0);
  await door.start({ complete: false });
  gate.release();
  await pull;
}

async function partialBytes(door: FrontDoor): Promise<Buffer> {
  const [name] = await partials(door);
  return name === undefined ? Buffer.alloc(0) : readFile(join(door.imagePath, 'pulls', name));
}

describe('a download that was interrupted by a restart', () => {
  test('goes on from the partial file', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    await interrupted(door, blob.digest, 600_000);
    door.mock.reset();
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
    expect(door.mock.requests.map(({ range }) => range)).toEqual(['bytes=600000-']);
    await expect.poll(() => readdir(join(door.imagePath, 'pulls'))).toEqual([]);
  });

  test('is served with the upstream gone if only its commit was missing', async () => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const image = door.mock.addImage('app', 'v1', { layers: [size] });
    const [layer] = image.layers;
    if (layer === undefined) throw new Error('no layer');
    await door.get('/v2/app/manifests/v1');
    await interrupted(door, layer.digest, 600_000);
    await door.stop();
    await door.mock.stop();
    // As if the server had died between the last byte and the rename.
    const [name = ''] = await partials(door);
    await writeFile(join(door.imagePath, 'pulls', name), layer.bytes());
    await door.start();
    const answer = await door.get(`/v2/app/blobs/${layer.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, layer.digest]);
    expect(await partials(door)).toEqual([]);
  });

  test('starts over when the partial file was tampered with', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    await interrupted(door, blob.digest, 600_000);
    await door.stop();
    const [name = ''] = await partials(door);
    const file = join(door.imagePath, 'pulls', name);
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(300_000) ^ 1, 300_000);
    await writeFile(file, bytes);
    await door.start();
    // A client that read the wrong part is cut off, also when it has all but the end and waits for that; the blob is cached
    // all the same, and right.
    door.mock.on({ operation: 'blobGet' }).always().throttle(1_000_000);
    await expect(door.get(`/v2/app/blobs/${blob.digest}`)).rejects.toThrow();
    await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toEqual([blob.digest.slice(7)]);
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
  });

  test('an upstream that does not do ranges sends all again, and what is there is passed over', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    await interrupted(door, blob.digest, 600_000);
    door.mock.on({ operation: 'blobGet' }).always().ignoreRange();
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
  });
});

describe('a download that breaks', () => {
  test.each([
    ['reset', 0],
    ['reset', 1],
    ['reset', 65_536],
    ['reset', size - 65_536],
    ['reset', size - 1],
    ['cut short', 1],
    ['cut short', 500_000],
    ['cut short', size - 1],
  ])('%s at byte %i is resumed there', async (how, at) => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    const rule = door.mock.on({ operation: 'blobGet' }).once();
    if (how === 'reset') rule.resetAt(at);
    else rule.truncateAt(at);
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
    const [first, second] = door.mock.requests.map(({ range }) => range);
    const from = Number(/^bytes=(\d+)-$/.exec(second ?? 'bytes=0-')?.[1]);
    expect([first, door.mock.requests.length]).toEqual([undefined, 2]);
    // A reset throws away what the kernel had taken in and nobody had read yet.
    expect(from).toBeLessThanOrEqual(at);
    expect(from).toBeGreaterThanOrEqual(how === 'reset' ? at - 256 * 1024 : at);
  });

  test.each([
    ['longer than announced', 10],
    ['shorter than announced', -10],
  ])('a Content-Length that is wrong (%s) never ends in a clean wrong body', async (_, by) => {
    await using door = await openFrontDoor({ config: { pullTimeoutMs: 1000 } });
    const blob = door.mock.addBlob('app', { size });
    door.mock.on({ operation: 'blobGet' }).always().contentLengthOff(by);
    const body = await door.get(`/v2/app/blobs/${blob.digest}`).then(
      (answer) => (answer.status === 200 ? sha256(answer.body) : 'an error'),
      () => 'broken off',
    );
    expect(['an error', 'broken off', blob.digest]).toContain(body);
  });

  test('without a Content-Length the length comes from the manifest, or from the end', async () => {
    await using door = await openFrontDoor();
    const image = door.mock.addImage('app', 'v1', { layers: [size] });
    const alone = door.mock.addBlob('app', { size });
    door.mock.on({ operation: 'blobGet' }).always().noContentLength();
    await door.get('/v2/app/manifests/v1');
    for (const { digest } of [...image.layers, alone]) {
      const answer = await door.get(`/v2/app/blobs/${digest}`);
      expect([answer.status, answer.headers['content-length'], sha256(answer.body)]).toEqual([
        200,
        String(size),
        digest,
      ]);
    }
  });
});
