// Whether images can be served with their upstreams gone: each way of being incomplete, made for real.
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childFor, startMock } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import { silentLog } from '../src/log/log.ts';
import { digestHex, digestOf } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { parsePlatform } from '../src/oci/platform.ts';
import { listImages } from '../src/registry/list.ts';
import { verifyImages } from '../src/registry/verify.ts';
import type { Fault, VerifyOptions, VerifyReport } from '../src/registry/verify.ts';
import { openFrontDoor, plainEntry } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

interface Pulled {
  readonly door: FrontDoor;
  readonly index: MadeManifest;
  readonly amd64: MadeManifest;
}

/** An index of two platforms of which one was pulled, whole; the server is stopped. */
async function pulled(): Promise<Pulled> {
  const door = await openFrontDoor();
  const index = door.mock.addImage('app', 'v1', {
    platforms: ['linux/amd64', 'linux/arm64'],
    layers: [5000],
  });
  const amd64 = childFor(index, 'linux/amd64');
  await door.get('/v2/app/manifests/v1');
  await door.get(`/v2/app/manifests/${amd64.digest}`);
  await expect
    .poll(async () => (await listImages(door.imagePath, silentLog)).map(({ complete }) => complete))
    .toEqual([true]);
  await door.stop();
  return { door, index, amd64 };
}

function verify(
  { imagePath, mock }: FrontDoor,
  references: readonly string[] | 'all' = [':v1'],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const images =
    references === 'all'
      ? references
      : references.map((reference) =>
          parseImageName(
            reference.startsWith('/') ? `${mock.host}${reference}` : `${mock.host}/app${reference}`,
          ),
        );
  return verifyImages(imagePath, images, options, silentLog);
}

async function faults(...question: Parameters<typeof verify>): Promise<readonly Fault[]> {
  const { images } = await verify(...question);
  return images.flatMap((image) => image.faults);
}

function blobFile({ imagePath }: FrontDoor, digest: Digest): string {
  return join(imagePath, 'blobs', digestHex(digest));
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7);
  await writeFile(path, bytes);
}

function layerOf(manifest: MadeManifest): { readonly digest: Digest; readonly size: number } {
  const [layer] = manifest.layers;
  if (layer === undefined) throw new Error('the image has no layer');
  return layer;
}

function configOf({ config }: MadeManifest): { readonly digest: Digest; readonly size: number } {
  if (config === undefined) throw new Error('the image has no config');
  return config;
}

const deep = { deep: true };
const onAmd64 = { platform: 'linux/amd64' };

test('what was pulled whole is complete, by tag, by digest and by both, also deep down', async () => {
  const { door, index, amd64 } = await pulled();
  await using _door = door;
  const references = [':v1', `@${index.digest}`, `:v1@${index.digest}`, `@${amd64.digest}`];
  const report = await verify(door, references, deep);
  expect(report).toEqual({
    complete: true,
    images: [index, index, index, amd64].map(({ digest }, position) => ({
      image: `${door.mock.host}/app${references[position] ?? ''}`,
      digest,
      complete: true,
      faults: [],
    })),
    blobs: [],
  });
  expect((await verify(door, 'all', deep)).complete).toBe(true);
});

test('verify says what an air-gapped server then does', async () => {
  const { door, amd64 } = await pulled();
  await using _door = door;
  await door.start({ airGapped: true });
  const statuses = async (): Promise<readonly number[]> => {
    const paths = [
      'manifests/v1',
      `manifests/${amd64.digest}`,
      ...amd64.blobs.map((b) => `blobs/${b.digest}`),
    ];
    return Promise.all(paths.map(async (path) => (await door.get(`/v2/app/${path}`)).status));
  };
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  await rm(blobFile(door, layerOf(amd64).digest));
  expect((await verify(door)).complete).toBe(false);
  // What is in memory would still be served.
  await door.restart({ airGapped: true });
  expect((await statuses()).includes(503)).toBe(true);
});

describe('an image is not complete', () => {
  const table: readonly {
    readonly name: string;
    readonly harm: (pulled: Pulled) => Promise<void>;
    readonly options?: VerifyOptions;
    readonly fault: (pulled: Pulled) => readonly Fault[];
  }[] = [
    {
      name: 'when a layer was deleted',
      harm: ({ door, amd64 }) => rm(blobFile(door, layerOf(amd64).digest)),
      fault: ({ amd64 }) => [
        { part: 'layer', fault: 'missing', ...onAmd64, size: 5000, digest: layerOf(amd64).digest },
      ],
    },
    {
      name: 'when the config was deleted',
      harm: ({ door, amd64 }) => rm(blobFile(door, configOf(amd64).digest)),
      fault: ({ amd64 }) => {
        const { digest, size } = configOf(amd64);
        return [{ part: 'config', fault: 'missing', ...onAmd64, size, digest }];
      },
    },
    {
      name: 'when a layer was cut off',
      harm: ({ door, amd64 }) => truncate(blobFile(door, layerOf(amd64).digest), 4000),
      fault: ({ amd64 }) => [
        {
          part: 'layer',
          fault: 'wrong-size',
          ...onAmd64,
          size: 5000,
          cached: 4000,
          digest: layerOf(amd64).digest,
        },
      ],
    },
    {
      name: 'when a byte of a layer flipped, which only --deep can know',
      harm: ({ door, amd64 }) => flipByte(blobFile(door, layerOf(amd64).digest)),
      options: deep,
      fault: ({ amd64 }) => [
        {
          part: 'layer',
          fault: 'damaged',
          ...onAmd64,
          size: 5000,
          cached: 5000,
          setAside: true,
          digest: layerOf(amd64).digest,
        },
      ],
    },
    {
      name: 'when a layer is cut off and --deep finds it damaged',
      harm: ({ door, amd64 }) => truncate(blobFile(door, layerOf(amd64).digest), 0),
      options: deep,
      fault: ({ amd64 }) => [
        {
          part: 'layer',
          fault: 'damaged',
          ...onAmd64,
          size: 5000,
          cached: 0,
          setAside: true,
          digest: layerOf(amd64).digest,
        },
      ],
    },
    {
      name: 'when no tag leads to its index: the index is cached by digest alone',
      harm: async ({ door, index }) => {
        const path = join(door.imagePath, 'fat', digestHex(index.digest));
        const holder = JSON.parse(await readFile(path, 'utf8')) as { references: { tags: object }[] };
        holder.references = holder.references.map((reference) => ({ ...reference, tags: {} }));
        await writeFile(path, JSON.stringify(holder));
      },
      fault: () => [{ part: 'tag', fault: 'unknown' }],
    },
    {
      name: 'when its index was deleted',
      harm: ({ door, index }) => rm(join(door.imagePath, 'fat', digestHex(index.digest))),
      fault: () => [{ part: 'tag', fault: 'unknown' }],
    },
    {
      name: 'when a byte of its index flipped',
      harm: ({ door, index }) => flipByte(join(door.imagePath, 'fat', digestHex(index.digest))),
      fault: () => [{ part: 'tag', fault: 'unknown' }],
    },
    {
      name: 'when its only image manifest was deleted',
      harm: ({ door, amd64 }) => rm(join(door.imagePath, 'img', digestHex(amd64.digest))),
      fault: ({ index: { digest, size } }) => [
        { part: 'index', fault: 'no-platform-cached', digest, size, cached: size },
      ],
    },
    {
      name: 'when an image manifest was deleted whose platform is asked for',
      harm: ({ door, amd64 }) => rm(join(door.imagePath, 'img', digestHex(amd64.digest))),
      options: { platforms: [parsePlatform('linux/amd64')] },
      fault: ({ amd64: { digest, size } }) => [
        { part: 'manifest', fault: 'missing', ...onAmd64, digest, size },
      ],
    },
    {
      name: 'when a platform is asked for that was never pulled',
      harm: () => Promise.resolve(),
      options: { platforms: [parsePlatform('linux/amd64'), parsePlatform('linux/arm64')] },
      fault: ({ index }) => {
        const { digest, size } = childFor(index, 'linux/arm64');
        return [{ part: 'manifest', fault: 'missing', platform: 'linux/arm64', digest, size }];
      },
    },
    {
      name: 'when a platform is asked for that the index has not',
      harm: () => Promise.resolve(),
      options: { platforms: [parsePlatform('linux/s390x')] },
      fault: ({ index: { digest, size } }) => [
        { part: 'index', fault: 'no-platform', platform: 'linux/s390x', digest, size, cached: size },
      ],
    },
  ];
  test.each(table)('$name', async ({ harm, options, fault }) => {
    const made = await pulled();
    await using door = made.door;
    await harm(made);
    expect(await faults(door, [':v1'], options)).toEqual(fault(made));
    expect((await verify(door, [':v1'], options)).complete).toBe(false);
  });

  test('when nobody ever pulled it', async () => {
    const { door } = await pulled();
    await using _door = door;
    const digest = digestOf('something else');
    expect(await faults(door, [':v2', `@${digest}`, '/other:v1'])).toEqual([
      { part: 'tag', fault: 'unknown' },
      { part: 'manifest', fault: 'missing', digest },
      { part: 'tag', fault: 'unknown' },
    ]);
  });

  test('when a private layer is cached for another repository only', async () => {
    const auth = { user: 'robot', password: 'canary-4711' };
    await using b = await startMock();
    await using door = await openFrontDoor(
      { entry: { auth }, config: { complete: false } },
      { auth: { scheme: 'basic', username: auth.user, password: auth.password } },
    );
    await door.restart({ registries: [plainEntry(door.mock.host, { auth }), plainEntry(b.host)] });
    const secret = door.mock.addBlob('private/app', { bytes: 'a private layer' });
    await door.get(`/v2/private/app/blobs/${secret.digest}`);
    const lie = b.addImage('evil/app', 'v1', { layers: [{ bytes: 'a private layer', stored: false }] });
    await door.raw(`/v2/${b.host}/evil/app/manifests/v1`);
    await door.raw(`/v2/${b.host}/evil/app/blobs/${configOf(lie).digest}`);
    await door.stop();
    const name = parseImageName(`${b.host}/evil/app:v1`);
    const { images } = await verifyImages(door.imagePath, [name], {}, silentLog);
    expect(images.flatMap((image) => image.faults)).toEqual([
      { part: 'layer', fault: 'not-linked', digest: secret.digest, size: 15, cached: 15 },
    ]);
  });

  test('when a platform that nobody names had been there and its manifest was damaged', async () => {
    const { door, index } = await pulled();
    await using _door = door;
    const arm64 = childFor(index, 'linux/arm64');
    // What was never there is not missed.
    expect(await faults(door)).toEqual([]);
    await door.start();
    await door.get(`/v2/app/manifests/${arm64.digest}`);
    await door.stop();
    await writeFile(join(door.imagePath, 'img', digestHex(arm64.digest)), 'damaged');
    const lost = [
      {
        part: 'manifest',
        fault: 'missing',
        digest: arm64.digest,
        size: arm64.size,
        platform: 'linux/arm64',
      },
    ];
    expect(await faults(door)).toEqual(lost);
    expect(await faults(door)).toEqual(lost);
    expect((await listImages(door.imagePath, silentLog)).map(({ complete }) => complete)).toEqual([false]);
    await door.start();
    await door.get(`/v2/app/manifests/${arm64.digest}`);
    for (const { digest } of arm64.blobs) await door.get(`/v2/app/blobs/${digest}`);
    await door.stop();
    expect(await faults(door)).toEqual([]);
  });

  test('when it is of schema 1, into which nobody looks', async () => {
    await using door = await openFrontDoor();
    const mediaType = 'application/vnd.docker.distribution.manifest.v1+json';
    const old = door.mock.addManifest('app', 'v1', '{"schemaVersion":1,"fsLayers":[]}', mediaType);
    await door.get('/v2/app/manifests/v1');
    await door.stop();
    expect(await faults(door)).toEqual([
      { part: 'manifest', fault: 'unchecked', digest: old.digest, size: old.size, cached: old.size },
    ]);
  });
});

test('public content is complete under any repository, as it is served, unless links are checked strictly', async () => {
  const { door, index } = await pulled();
  await using _door = door;
  const elsewhere = [`/other@${index.digest}`];
  expect(await faults(door, elsewhere)).toEqual([]);
  expect(await faults(door, elsewhere, { linkCheck: 'strict' })).toEqual([
    { part: 'manifest', fault: 'not-linked', digest: index.digest },
  ]);
});

test('a damaged layer is reported for each image that has it, kept as evidence, and fetched again when pulled', async () => {
  await using door = await openFrontDoor();
  const base = door.mock.addBlob('one', { size: 3000 });
  door.mock.addImage('one', 'v1', { layers: [base] });
  door.mock.addImage('two', 'v1', { layers: [base] });
  for (const name of ['one', 'two']) await door.get(`/v2/${name}/manifests/v1`);
  await expect.poll(async () => (await verify(door, 'all')).complete).toBe(true);
  await flipByte(blobFile(door, base.digest));
  expect((await verify(door, 'all')).complete).toBe(true);
  const { images } = await verify(door, 'all', deep);
  expect(images.map((image) => image.faults.map(({ fault }) => fault))).toEqual([['damaged'], ['damaged']]);
  expect(await readdir(join(door.imagePath, 'damaged'))).toHaveLength(1);
  expect((await verify(door, 'all')).images.map(({ complete }) => complete)).toEqual([false, false]);
  const again = await door.get(`/v2/one/blobs/${base.digest}`);
  expect([again.status, digestOf(again.body)]).toEqual([200, base.digest]);
  await expect.poll(async () => (await verify(door, 'all', deep)).complete).toBe(true);
});

test('of all images, deep down, also blobs that no image names', async () => {
  await using door = await openFrontDoor();
  const alone = door.mock.addBlob('app', { size: 3000 });
  await door.get(`/v2/app/blobs/${alone.digest}`);
  await door.stop();
  expect(await verify(door, 'all', deep)).toEqual({ complete: true, images: [], blobs: [] });
  await flipByte(blobFile(door, alone.digest));
  expect((await verify(door, 'all')).complete).toBe(true);
  const damage: Fault = {
    part: 'blob',
    fault: 'damaged',
    digest: alone.digest,
    size: 3000,
    cached: 3000,
    setAside: true,
  };
  expect(await verify(door, 'all', deep)).toEqual({ complete: false, images: [], blobs: [damage] });
});

test('a nested index: a platform may be in any of the indexes below', async () => {
  await using door = await openFrontDoor();
  const inner = ['linux/amd64', 'linux/arm64'].map((platform) =>
    door.mock.addImage('app', undefined, { platforms: [platform] }),
  );
  const outer = door.mock.addIndex('app', 'v1', inner);
  const all = [outer, ...inner, ...inner.flatMap(({ manifests }) => manifests)];
  for (const { digest } of all) await door.get(`/v2/app/manifests/${digest}`);
  await door.get('/v2/app/manifests/v1');
  const platforms = ['linux/arm64', 'linux/amd64'].map(parsePlatform);
  await expect.poll(() => faults(door, [':v1'], { platforms })).toEqual([]);
  expect(
    (await faults(door, [':v1'], { platforms: [parsePlatform('linux/s390x')] })).map((f) => f.fault),
  ).toEqual(['no-platform']);
});
