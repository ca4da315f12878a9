// Hostile archives: each is refused with its reason, and leaves nothing behind, inside the image path or outside.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../src/config/config.ts';
import { silentLog } from '../src/log/log.ts';
import { digestOf } from '../src/oci/digest.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { openRegistry } from '../src/registry/registry.ts';
import type { Registry } from '../src/registry/registry.ts';
import { loadArchive } from '../src/transfer/archive-load.ts';
import { ResolveRef } from '../src/transfer/resolve-ref.ts';
import { dockerParts, LayoutMaker, rawHeader, tar } from './archive-maker.ts';
import type { Part, TestDescriptor } from './archive-maker.ts';
import { temporaryDirectory } from './front-door.ts';

const big = Buffer.alloc(400_000, 'layer');
const hex = (digest: string): string => digest.slice('sha256:'.length);
const blobName = (digest: string): string => `blobs/sha256/${hex(digest)}`;

const layer = digestOf(big);
const small = digestOf('small');
const zero = `sha256:${'0'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: zero, size: 2 };
const child = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: zero, size: 2 };

/** An image that is as it should be, changed as the test wants. */
function layout(change: (made: LayoutMaker, image: TestDescriptor) => void = () => undefined): LayoutMaker {
  const made = new LayoutMaker();
  change(made, made.tag(made.image(['small', big]), 'quay.test/app:v1'));
  return made;
}

const honest = layout().parts();

function replaced(digest: string, content: string | Buffer): readonly Part[] {
  return honest.map((part) => (part.name === blobName(digest) ? { name: part.name, content } : part));
}

/** An image manifest, or an index, with this body in place of its own. */
function only(body: Readonly<Record<string, unknown>>): readonly Part[] {
  const made = new LayoutMaker();
  made.tag(made.manifest(body), 'quay.test/app:v1');
  return made.parts();
}

/** An image whose manifest gives its layer so many bytes. */
function sized(size: number): readonly Part[] {
  const made = new LayoutMaker();
  made.tag(made.manifest({ layers: [{ ...made.blob('small'), size }] }), 'quay.test/app:v1');
  return made.parts();
}

/** An index of so many platforms, none of which is there. */
function many(count: number): readonly Part[] {
  const made = new LayoutMaker();
  const children = Array.from({ length: count }, (_, at) => ({
    ...{ ...child, platform: { os: 'linux', architecture: `a${at}` } },
  }));
  made.tag(made.index(children), 'quay.test/app:v1');
  return made.parts();
}

function nested(levels: number): readonly Part[] {
  const made = new LayoutMaker();
  let inner = made.image(['x']);
  for (let level = 0; level < levels; level += 1) inner = made.index([inner]);
  made.tag(inner, 'quay.test/app:v1');
  return made.parts();
}

async function problems(registry: Registry, bytes: Buffer): Promise<readonly string[]> {
  const source = { name: 'evil.tar', bytes: () => Readable.from([bytes]) };
  const nothing = (): void => undefined;
  const { outcomes, mistakes } = await loadArchive(source, {
    ...{ library: registry.library, intake: registry.intake, platforms: [], referrers: true, pin: true },
    ...{ as: new Map(), signal: new AbortController().signal },
    naming: new ResolveRef(undefined),
    watcher: { expected: nothing, reading: nothing, hasRead: nothing, begun: nothing, ended: nothing },
  });
  const failures = outcomes.flatMap(({ error }) => (error instanceof Error ? [error.message] : []));
  return [...mistakes.map(({ origin, message }) => `${origin}: ${message}`), ...failures];
}

/** All files below the directory that the image path is in. */
async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function withRegistry<T>(work: (registry: Registry, directory: string) => Promise<T>): Promise<T> {
  await using directory = await temporaryDirectory();
  const imagePath = join(directory.path, 'images');
  await mkdir(imagePath);
  await writeFile(join(directory.path, 'outside'), 'untouched');
  const registry = await openRegistry({ ...defaultConfig, imagePath, airGapped: true }, { log: silentLog });
  try {
    return await work(registry, directory.path);
  } finally {
    await registry.close();
  }
}

describe('nothing is left of', () => {
  test.each<[string, readonly Part[] | Promise<Buffer>, string]>([
    ['a name that leads out', [{ name: '../outside', content: 'x' }, ...honest], 'entry "../outside"'],
    ['an absolute name behind the rest', [...honest, { name: '/tmp/x', content: 'x' }], 'entry "/tmp/x"'],
    [
      'a link to a file outside, and an entry through it',
      [{ name: 'l', type: 'symlink', linkname: '..' }, { name: 'l/outside', content: 'x' }, ...honest],
      'a link leads out',
    ],
    [
      'a blob that is a link out',
      [{ name: blobName(layer), type: 'symlink', linkname: '/etc/passwd' }, ...honest],
      'a link leads out',
    ],
    [
      'a blob that is a hard link out',
      [{ name: blobName(layer), type: 'link', linkname: '../outside' }, ...honest],
      'a link leads out',
    ],
    ['a device', [{ name: 'dev', type: 'block-device' }, ...honest], 'neither file nor directory nor link'],
    ['a pipe', [{ name: 'index.json', type: 'fifo' }, ...honest], 'neither file nor directory nor link'],
    [
      'links in a circle',
      [
        { name: 'index.json', type: 'symlink', linkname: 'a' },
        { name: 'a', type: 'symlink', linkname: 'index.json' },
      ],
      'no archive of images',
    ],
    [
      'two different entries of one name',
      [...honest, { name: 'index.json', content: '{"manifests":[]}' }],
      'two different entries of one name (entry "index.json"',
    ],
    [
      'two different blobs of one digest',
      [{ name: blobName(layer), content: Buffer.alloc(400_000, 'other') }, ...honest],
      'two different entries of one name',
    ],
    [
      'an index.json that is huge',
      [
        ...honest.filter(({ name }) => name !== 'index.json'),
        { name: 'index.json', content: `{"manifests":[${' '.repeat(9_000_000)}]}` },
      ],
      'more than the 8388608 that are taken (entry "index.json")',
    ],
    [
      'an index.json that is no JSON',
      [{ name: 'index.json', content: 'nginx' }],
      'is no JSON in UTF-8 (entry "index.json")',
    ],
    [
      'an index.json that is an image',
      [{ name: 'index.json', content: JSON.stringify({ config, layers: [] }) }],
      'it is no index',
    ],
    [
      'an index.json that names nothing',
      [{ name: 'index.json', content: '{"manifests":[]}' }],
      'it has no image',
    ],
    ['an archive of something else', [{ name: 'readme', content: 'hello' }], 'no archive of images'],
    [
      'a manifest.json that is no list',
      [{ name: 'manifest.json', content: '{}' }],
      'not what docker writes there',
    ],
    [
      'a large layer with other bytes',
      replaced(layer, Buffer.alloc(400_000, 'other')),
      `(entry "${blobName(layer)}")`,
    ],
    ['a small layer with other bytes', replaced(small, 'SMALL'), 'its bytes hash to'],
    ['a layer of another size', sized(4), 'it has 5 bytes in place of 4'],
    ['a layer that is not there', honest.filter(({ name }) => name !== blobName(layer)), `lacks ${layer}`],
    [
      'a manifest that is not there',
      only({ config: { ...config, mediaType: 'application/x' }, layers: [] }),
      `lacks ${zero}`,
    ],
    ['a manifest of two kinds', only({ config, layers: [], manifests: [] }), 'two kinds at once'],
    [
      'a manifest with a negative size',
      only({ config: { ...config, size: -1 }, layers: [] }),
      'no number of bytes',
    ],
    [
      'a manifest with a digest that is a path',
      only({ config: { ...config, digest: 'sha256:../../../outside' }, layers: [] }),
      'malformed',
    ],
    ['an index with 40,000 manifests', many(40_000), ', 39980 more'],
    ['indexes that are nested without end', nested(12), 'nested too deeply'],
    [
      'a docker archive whose config is another one',
      dockerParts([], { diffIds: [], tags: ['quay.test/app:v1'] }).map((part) =>
        part.name === 'manifest.json' ? part : { ...part, content: '{"rootfs":{}}' },
      ),
      'its bytes hash to',
    ],
    [
      'a docker archive whose layer is outside',
      dockerParts([{ name: '../../outside', raw: Buffer.alloc(0) }], {
        diffIds: [zero],
        tags: ['quay.test/app:v1'],
      }),
      'it has no entry "../../outside"',
    ],
    [
      'a docker archive with a bomb for a config',
      dockerParts([], { diffIds: [], tags: ['quay.test/app:v1'] }).map((part) =>
        part.name === 'manifest.json' ? part : { ...part, content: Buffer.alloc(9_000_000, ' ') },
      ),
      'its bytes hash to',
    ],
    ['what is cut off', tar(honest).then((bytes) => bytes.subarray(0, 300_000)), 'it was cut off'],
    [
      'what is cut off, compressed',
      tar(honest).then((bytes) => gzipSync(bytes).subarray(0, -9)),
      'it was cut off',
    ],
    [
      'garbage at the end',
      tar(honest).then((bytes) => Buffer.concat([bytes, Buffer.alloc(600, 65)])),
      'it is damaged',
    ],
    [
      'a size that lies',
      [...honest, { name: 'x', raw: rawHeader({ size: '77777777777\0' }) }],
      'it was cut off',
    ],
  ])('%s', async (_, parts, message) => {
    const bytes = parts instanceof Promise ? await parts : await tar(parts);
    await withRegistry(async (registry, directory) => {
      const found = await problems(registry, bytes);
      expect(found).toEqual([expect.stringContaining(message)]);
      expect(await filesBelow(directory)).toEqual([
        join(directory, 'images/ociregistry-layout.json'),
        join(directory, 'outside'),
      ]);
    });
  });
});

test('a bomb that no image names is not kept', async () => {
  const header = rawHeader({ name: 'bomb', size: `${(2 ** 26).toString(8)}\0` });
  const bomb = gzipSync(Buffer.concat([header, Buffer.alloc(2 ** 26), await tar(honest)]));
  expect(bomb.length).toBeLessThan(200_000);
  await withRegistry(async (registry, directory) => {
    expect(await problems(registry, bomb)).toEqual([]);
    expect(await filesBelow(join(directory, 'images/blobs'))).toHaveLength(3);
  });
});

test('who knows the digest of private content is not given it for a name', async () => {
  await withRegistry(async (registry) => {
    const digest = digestOf(big);
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
    const bytes = (async function* () {
      yield big;
    })();
    await registry.intake.blob(digest, bytes);
    const found = await problems(registry, await tar(replaced(layer, Buffer.alloc(400_000, 'other'))));
    expect(found).toEqual([expect.stringContaining('its bytes hash to')]);
    const lacking = await problems(
      registry,
      await tar(honest.filter(({ name }) => name !== blobName(layer))),
    );
    expect(lacking).toEqual([expect.stringContaining(`lacks ${layer}`)]);
    const target = registry.library.target(parseRegistryHost('quay.test'), parseRepositoryName('app'));
    expect(registry.library.holds(target, digest)).toBe(false);
    expect(await problems(registry, await tar(honest))).toEqual([]);
    expect(registry.library.holds(target, digest)).toBe(true);
  });
});
