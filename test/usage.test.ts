// What list, du and inspect say of a directory that was filled through the front door.
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import { silentLog } from '../src/log/log.ts';
import { digestOf } from '../src/oci/digest.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { inspect } from '../src/registry/inspect.ts';
import type { InspectedBlob, InspectedImage, InspectedNode } from '../src/registry/inspect.ts';
import { listImages } from '../src/registry/list.ts';
import type { ListOptions } from '../src/registry/list.ts';
import { usageOf } from '../src/registry/usage.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

/** Two images over one base layer, one of them with two tags, and a blob that no manifest names. */
async function filled() {
  const door = await openFrontDoor();
  const { mock } = door;
  const base = mock.addBlob('one', { size: 30_000 });
  const one = mock.addImage('one', 'v1', { layers: [base, 2000] });
  mock.addManifest('one', 'latest', one.bytes, one.mediaType);
  const two = mock.addImage('team/two', 'v1', {
    platforms: ['linux/amd64', 'linux/arm64'],
    layers: [base, 700],
  });
  const amd64 = childFor(two, 'linux/amd64');
  const alone = mock.addBlob('one', { size: 123 });
  for (const tag of ['v1', 'latest']) await door.get(`/v2/one/manifests/${tag}`);
  await nextMillisecond();
  await door.get('/v2/team/two/manifests/v1');
  await door.get(`/v2/team/two/manifests/${amd64.digest}`);
  await door.get(`/v2/one/blobs/${alone.digest}`);
  const isComplete = async (): Promise<boolean> =>
    (await listImages(door.imagePath, silentLog)).every(({ complete }) => complete);
  await expect.poll(isComplete).toBe(true);
  await door.stop();
  return { door, base, one, two, amd64, alone };
}

/** So that times can be told apart. */
async function nextMillisecond(): Promise<void> {
  for (const now = Date.now(); Date.now() <= now;) await setTimeout(1);
}

async function names(door: FrontDoor, options: ListOptions): Promise<readonly string[]> {
  const rows = await listImages(door.imagePath, silentLog, options);
  return rows.map(({ repository, tag }) => `${repository}:${tag ?? ''}`);
}

describe('list', () => {
  test('sizes are what an image takes, and what of it no other image does', async () => {
    const { door, one, two, amd64, base } = await filled();
    await using _door = door;
    const rows = await listImages(door.imagePath, silentLog);
    const blobs = (of: typeof one): number => of.blobs.reduce((sum, { size }) => sum + size, 0);
    const sizeOne = one.size + blobs(one);
    const sizeTwo = two.size + amd64.size + blobs(amd64);
    const shown = rows.map(({ repository, tag, size, own, shared, platforms, pinned }) => [
      `${repository}:${tag ?? ''}`,
      { size, own, shared, platforms, pinned },
    ]);
    expect(Object.fromEntries(shown)).toEqual({
      // Two tags of one image: neither has anything for itself.
      'one:latest': { size: sizeOne, own: 0, shared: sizeOne, platforms: [], pinned: false },
      'one:v1': { size: sizeOne, own: 0, shared: sizeOne, platforms: [], pinned: false },
      'team/two:v1': {
        size: sizeTwo,
        own: sizeTwo - base.size,
        shared: base.size,
        platforms: ['linux/amd64'],
        pinned: false,
      },
    });
  });

  test('patterns and orders', async () => {
    const { door } = await filled();
    await using _door = door;
    const table: readonly [ListOptions, readonly string[]][] = [
      [{}, ['one:latest', 'one:v1', 'team/two:v1']],
      [{ pattern: '*:v1' }, ['one:v1', 'team/two:v1']],
      [{ pattern: `${door.mock.host}/one` }, ['one:latest', 'one:v1']],
      [{ pattern: '*/team/*' }, ['team/two:v1']],
      [{ pattern: 'ghcr.io/*' }, []],
      [{ sort: 'size' }, ['one:latest', 'one:v1', 'team/two:v1']],
      [{ sort: 'created' }, ['team/two:v1', 'one:latest', 'one:v1']],
      [{ sort: 'pulled' }, ['team/two:v1', 'one:latest', 'one:v1']],
    ];
    for (const [options, given] of table)
      expect([options, await names(door, options)]).toEqual([options, given]);
  });
});

test('du: the parts come to what blobs/ holds', async () => {
  const { door, base, one, amd64, alone } = await filled();
  await using _door = door;
  await writeFile(join(door.imagePath, 'blobs', 'README'), 'foreign');
  const usage = await usageOf(door.imagePath, silentLog);
  const rest = (image: typeof one): number =>
    image.blobs.filter(({ digest }) => digest !== base.digest).reduce((sum, { size }) => sum + size, 0);
  expect(usage).toEqual({
    registries: [
      {
        registry: door.mock.host,
        blobs: 5,
        unique: base.size + rest(one) + rest(amd64),
        shared: 0,
        repositories: [
          { repository: 'one', blobs: 3, unique: rest(one), shared: base.size },
          { repository: 'team/two', blobs: 3, unique: rest(amd64), shared: base.size },
        ],
      },
    ],
    unique: { blobs: 4, bytes: rest(one) + rest(amd64) },
    shared: { blobs: 1, bytes: base.size },
    unreferenced: { blobs: 1, bytes: alone.size },
    total: { blobs: 6, bytes: base.size + rest(one) + rest(amd64) + alone.size },
    partial: { blobs: 0, bytes: 0 },
  });
  const files = (await readdir(join(door.imagePath, 'blobs'))).filter((name) => name !== 'README');
  const onDisk = await Promise.all(files.map((name) => stat(join(door.imagePath, 'blobs', name))));
  expect(onDisk.reduce((sum, { size }) => sum + size, 0)).toBe(usage.total.bytes);
});

describe('inspect', () => {
  test('shows an image as a tree, with what refers to it', async () => {
    await using door = await openFrontDoor();
    const { mock } = door;
    const index = mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], layers: [700] });
    const amd64 = childFor(index, 'linux/amd64');
    const artifactType = 'application/vnd.example.sbom';
    const sbom = mock.addArtifact('app', { subject: index.descriptor, artifactType });
    const sign = `${amd64.digest.replace(':', '-')}.sig`;
    const signature = mock.addImage('app', sign, { layers: [90] });
    const paths = ['v1', amd64.digest, sbom.digest, sign];
    for (const path of paths) await door.get(`/v2/app/manifests/${path}`);
    await door.get(`/v2/app/blobs/${amd64.layers[0]?.digest ?? ''}`);
    const cached = async (): Promise<InspectedImage | undefined> =>
      (await inspect(door.imagePath, parseImageName(`${mock.host}/app:v1`), 'public', silentLog)) as
        InspectedImage | undefined;
    await expect.poll(async () => (await cached())?.complete).toBe(true);
    const image = await cached();
    expect(image).toMatchObject({
      kind: 'manifest',
      digest: index.digest,
      names: [`${mock.host}/app:v1`],
      parents: [],
      public: true,
    });
    const outline = ({ part, platform, cached: bytes, children, referrers }: InspectedNode): object => ({
      [[part, platform, bytes === undefined ? 'not cached' : undefined].filter(Boolean).join(' ')]:
        children?.map(outline) ?? [],
      ...(referrers && { referrers: referrers.map(({ digest }) => digest) }),
    });
    expect(image && outline(image.tree)).toEqual({
      index: [
        { 'manifest linux/amd64': [{ config: [] }, { layer: [] }], referrers: [signature.digest] },
        { 'manifest linux/arm64 not cached': [] },
      ],
      referrers: [sbom.digest],
    });
    expect(image?.tree.referrers?.[0]?.artifactType).toBe(artifactType);
    expect(await inspect(door.imagePath, amd64.digest, 'public', silentLog)).toMatchObject({
      digest: amd64.digest,
      parents: [index.digest],
      names: [`${mock.host}/app`],
    });
  });

  test('shows who refers to a blob, and whose it is', async () => {
    const { door, base, one, amd64, alone } = await filled();
    await using _door = door;
    const { host } = door.mock;
    const blob = (await inspect(door.imagePath, base.digest, 'public', silentLog)) as InspectedBlob;
    expect({ ...blob, referredBy: [] }).toMatchObject({ kind: 'blob', cached: base.size, public: true });
    expect(blob.repositories).toContain(`${host}/one`);
    expect(new Map(blob.referredBy.map(({ digest, part, names: all }) => [digest, [part, all]]))).toEqual(
      new Map([
        [one.digest, ['layer', [`${host}/one:latest`, `${host}/one:v1`]]],
        [amd64.digest, ['layer', [`${host}/team/two:v1`]]],
      ]),
    );
    expect(await inspect(door.imagePath, alone.digest, 'public', silentLog)).toEqual({
      kind: 'blob',
      digest: alone.digest,
      cached: alone.size,
      public: true,
      repositories: [`${host}/one`],
      referredBy: [],
    });
  });

  test('knows nothing of what was never seen', async () => {
    const { door } = await filled();
    await using _door = door;
    for (const what of [digestOf('nothing'), parseImageName('nginx')]) {
      expect(await inspect(door.imagePath, what, 'public', silentLog)).toBeUndefined();
    }
  });
});
