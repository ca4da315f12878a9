import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { ExportPlan } from '../registry/shelf.ts';
import { MAX_IMAGES_OF_PART, blobName, indexBytes, parseTable, tableBytes } from './bundle-table.ts';
import type { BundleTable } from './bundle-table.ts';
import { bundleTable } from './export.ts';

const manifest = digestOf('manifest');
const referrer = digestOf('referrer');
const config = digestOf('config');
const layer = digestOf('layer');
const mediaType = mediaTypes.ociManifest;
const name = 'quay.io/team/app:v1';

const table: BundleTable = {
  version: 1,
  images: [{ name, digest: manifest }],
  manifests: [
    { digest: manifest, size: 8, images: [0], mediaType },
    { digest: referrer, size: 8, public: true, images: [0], mediaType, referrer: true },
  ],
  blobs: [
    { digest: config, size: 6, images: [0] },
    { digest: layer, size: 5, there: true, images: [0] },
  ],
};

function altered(changes: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify({ ...table, ...changes }));
}

test('is read as it was written', async () => {
  const written = await tableBytes(table);
  expect(written.toString()).toBe(`${JSON.stringify(table)}\n`);
  expect(await parseTable(written)).toEqual(table);
});

describe('is refused', () => {
  const [first, second] = table.manifests;
  test.each([
    ['no JSON', Buffer.from('{'), 'JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not valid'],
    ['of a later version', altered({ version: 2 }), 'newer server'],
    ['with what is not known', altered({ more: 1 }), 'more'],
    ['with a malformed digest', altered({ images: [{ name, digest: 'sha256:1' }] }), 'images.0.digest'],
    ['with a negative size', altered({ blobs: [{ digest: config, size: -1, images: [0] }] }), 'blobs.0.size'],
    [
      'with what no image needs',
      altered({ blobs: [{ digest: config, size: 1, images: [] }] }),
      'blobs.0.images',
    ],
    [
      'with an image that is not there',
      altered({ blobs: [{ digest: config, size: 1, images: [1] }] }),
      'does not have',
    ],
    ['with a digest twice', altered({ manifests: [first, first, second] }), 'twice'],
    ['with a name twice', altered({ images: [...table.images, ...table.images] }), 'twice'],
    ['with an image without its manifest', altered({ manifests: [second] }), 'to which'],
    ['with a manifest of a gigabyte', altered({ manifests: [{ ...first, size: 1e9 }, second] }), 'too large'],
    ['with a short name', altered({ images: [{ name: 'app', digest: manifest }] }), 'no full name'],
    [
      'with a name and a path out',
      altered({ images: [{ name: 'quay.io/../app:v1', digest: manifest }] }),
      'no repository name',
    ],
    [
      'with a name of another digest',
      altered({ images: [{ name: `quay.io/team/app@${config}`, digest: manifest }] }),
      'no full name',
    ],
    [
      'with a name that has both',
      altered({ images: [{ name: `${name}@${manifest}`, digest: manifest }] }),
      'no full name',
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(parseTable(bytes)).rejects.toThrow(message);
  });
});

test('the index follows from it, and is the same for ever', async () => {
  const written = await tableBytes(table);
  const bytes = await indexBytes(table, written);
  const index = JSON.parse(bytes.toString()) as {
    manifests: unknown;
    annotations: unknown;
  };
  expect(index.manifests).toEqual([
    {
      ...{ mediaType, digest: manifest, size: 8 },
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    },
    { mediaType, digest: referrer, size: 8 },
  ]);
  expect(index.annotations).toEqual({ 'ociregistry.bundle.table': digestOf(written) });
  // Bundles of version 1 that were written years ago are compared with these bytes.
  expect(digestOf(bytes)).toMatchInlineSnapshot(
    `"sha256:1c6f662bcf72ee39b0fdfac9aebb088ec8506ab057a0e1612ad3a6dfc6b90492"`,
  );
});

test('what very many images need is written as long as it can be read', async () => {
  const planned = (count: number): ExportPlan => {
    const images = Array.from({ length: count }, (_, at) => ({
      name: `quay.io/app:v${at}`,
      digest: manifest,
    }));
    const needed = { size: 1, public: false, images: new Set(images) };
    return {
      ...{ images, incomplete: [], unmatched: [] },
      manifests: [{ ...needed, digest: manifest, mediaType, referrer: false }],
      blobs: [{ ...needed, digest: layer }],
    };
  };
  const nothing = { digests: new Set<string>(), images: new Set<string>() };
  const most = await bundleTable(planned(MAX_IMAGES_OF_PART), nothing);
  expect(await parseTable(await tableBytes(most))).toEqual(most);
  await expect(bundleTable(planned(MAX_IMAGES_OF_PART + 1), nothing)).rejects.toThrow(
    'too many for one bundle; export them in parts',
  );
});

test('where bytes stand', () => {
  expect(blobName(digestOf(''))).toBe(`blobs/sha256/${digestOf('').slice(7)}`);
  expect(blobName(digestOf('', 'sha512'))).toMatch(/^blobs\/sha512\/[0-9a-f]{128}$/);
});
