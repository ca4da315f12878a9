// The scrub: damage on the disk is found without a client that stumbles over it, and mended where it can be.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import { digestHex } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { askAdmin, samples } from './admin-client.ts';
import { openFrontDoor, sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const DAY = 24 * 3_600_000;
/** A round begins when the server starts, unless the last one was lately. */
const scrubbing = { scrubIntervalMs: DAY, scrubRate: 1e9, complete: false };

async function flipByte(path: string, at = 7): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

const file = ({ imagePath }: FrontDoor, folder: string, digest: Digest): string =>
  join(imagePath, folder, digestHex(digest));

async function metric(door: FrontDoor, name: string): Promise<number | undefined> {
  const { text } = await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics');
  return samples(text).get(`ociregistry_scrub${name}`);
}

async function roundEnds(door: FrontDoor): Promise<void> {
  await expect.poll(() => metric(door, '_last_completion_timestamp_seconds')).toBeGreaterThan(0);
}

async function missed(door: FrontDoor): Promise<readonly string[]> {
  const { text } = await askAdmin(join(door.imagePath, 'admin.sock'), '/admin/v1/missed');
  const { missed: entries } = JSON.parse(text) as { missed: readonly { kind: string; reference: string }[] };
  return entries.map(({ kind, reference }) => `${kind} ${reference.replace(`${door.mock.host}/`, '')}`);
}

/** A server that has stopped, with one image that was pulled whole. */
async function pulled(): Promise<{ door: FrontDoor; image: MadeManifest; layer: Digest }> {
  const door = await openFrontDoor({ config: { complete: false } });
  const index = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64'], layers: [3_000_000, 500] });
  const image = childFor(index, 'linux/amd64');
  await door.get('/v2/app/manifests/v1');
  await door.get(`/v2/app/manifests/${image.digest}`);
  for (const { digest } of image.blobs) await door.get(`/v2/app/blobs/${digest}`);
  await door.stop();
  door.mock.reset();
  const [layer] = image.layers;
  if (layer === undefined) throw new Error('the image has no layer');
  return { door, image, layer: layer.digest };
}

test('what is sound is read once, and left alone', async () => {
  const { door, image } = await pulled();
  await using _door = door;
  await door.start(scrubbing);
  await roundEnds(door);
  const stored = image.blobs.reduce((sum, { size }) => sum + size, 0);
  expect(await metric(door, 'bed_bytes_total')).toBeGreaterThan(stored);
  expect(await metric(door, '_damaged_total')).toBe(0);
  expect(door.mock.requests).toEqual([]);
  // The next round is a day away, also after a restart.
  await door.restart(scrubbing);
  await roundEnds(door);
  expect(await metric(door, 'bed_bytes_total')).toBe(0);
});

test('a damaged blob is set aside and fetched again at once', async () => {
  const { door, layer } = await pulled();
  await using _door = door;
  await flipByte(file(door, 'blobs', layer), 2_000_000);
  await door.start(scrubbing);
  await roundEnds(door);
  expect([await metric(door, '_damaged_total'), await metric(door, '_repaired_total')]).toEqual([1, 1]);
  expect(sha256(await readFile(file(door, 'blobs', layer)))).toBe(layer);
  expect(await readdir(join(door.imagePath, 'damaged'))).toHaveLength(1);
  expect(await missed(door)).toEqual([]);
});

describe('a damaged holder comes back as it was, with its tags', () => {
  test.each([
    { folder: 'fat' as const, from: 'its registry' },
    { folder: 'img' as const, from: 'its registry' },
    { folder: 'fat' as const, from: 'memory' },
    { folder: 'img' as const, from: 'memory' },
  ])('$folder, from $from', async ({ folder, from }) => {
    const { door } = await pulled();
    await using _door = door;
    const [hex = ''] = await readdir(join(door.imagePath, folder));
    const path = join(door.imagePath, folder, hex);
    const { lastPulled: _pulled, ...before } = JSON.parse(await readFile(path, 'utf8')) as {
      readonly lastPulled?: string;
    };
    // One round after the other.
    await door.start({ ...scrubbing, scrubIntervalMs: 20 });
    await roundEnds(door);
    if (from === 'memory') {
      expect((await door.get(`/v2/app/manifests/sha256:${hex}`)).status).toBe(200);
      await door.mock.stop();
    }
    await writeFile(path, 'damaged');
    await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toContain(hex);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject(before);
    await expect.poll(() => metric(door, '_repaired_total')).toBe(1);
    expect(await missed(door)).toEqual([]);
  });

  test('and is a miss under its tag where neither has it', async () => {
    const { door } = await pulled();
    await using _door = door;
    const [hex = ''] = await readdir(join(door.imagePath, 'fat'));
    await door.start({ ...scrubbing, scrubIntervalMs: 20, airGapped: true });
    await roundEnds(door);
    await writeFile(join(door.imagePath, 'fat', hex), 'damaged');
    await expect.poll(() => missed(door)).toEqual(['manifest app:v1']);
  });
});

describe('with the upstream gone', () => {
  test('a damaged blob is a miss under the name of its image, and leaves it when it is there again', async () => {
    const { door, image, layer } = await pulled();
    await using _door = door;
    await flipByte(file(door, 'blobs', layer));
    await door.start({ ...scrubbing, airGapped: true });
    await roundEnds(door);
    expect(await missed(door)).toEqual([`blob app@${layer}`]);
    expect((await door.get(`/v2/app/blobs/${layer}`)).status).toBe(503);
    await door.restart();
    expect(sha256((await door.get(`/v2/app/blobs/${layer}`)).body)).toBe(layer);
    expect(await missed(door)).toEqual([]);
    expect(image.blobs).toHaveLength(3);
  });

  test('a damaged blob is fetched behind the clients as soon as the upstream is back', async () => {
    const { door, layer } = await pulled();
    await using _door = door;
    await flipByte(file(door, 'blobs', layer));
    await door.mock.stop();
    await door.start({ ...scrubbing, complete: true });
    await roundEnds(door);
    expect(await metric(door, '_repaired_total')).toBe(0);
    await door.mock.start();
    await door.restart({ complete: true });
    await expect
      .poll(async () => (await readdir(join(door.imagePath, 'blobs'))).includes(digestHex(layer)))
      .toBe(true);
  });
});

describe('a restart', () => {
  test('takes a round up where it was', async () => {
    const { door, image, layer } = await pulled();
    await using _door = door;
    await flipByte(file(door, 'blobs', layer));
    const [last] = image.blobs
      .map(({ digest }) => digest)
      .sort()
      .toReversed();
    const begun = new Date().toISOString();
    const state = { version: 1, begun, round: { position: last } };
    await writeFile(join(door.imagePath, 'scrub.json'), JSON.stringify(state));
    await door.start(scrubbing);
    await roundEnds(door);
    expect(await metric(door, '_damaged_total')).toBe(0);
  });

  test('comes in the midst of a slow blob', async () => {
    const { door, layer } = await pulled();
    await using _door = door;
    await door.start({ ...scrubbing, scrubRate: 1 });
    await expect.poll(() => metric(door, 'bed_bytes_total')).toBeGreaterThan(0);
    await door.stop();
    const text = await readFile(join(door.imagePath, 'scrub.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ round: {} });
    await flipByte(file(door, 'blobs', layer));
    await door.start(scrubbing);
    await roundEnds(door);
    expect(await metric(door, '_damaged_total')).toBe(1);
  });
});
