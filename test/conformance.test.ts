// What the specification's conformance suite tests only of content that it pushes, for a server that nobody pushes to: content
// of every shape, read in every way, cold through an upstream, warm, and air-gapped.
import { describe, expect, test } from 'vitest';
import { allManifests } from '../mock/index.ts';
import type { MadeBlob, MadeManifest, MockRegistry } from '../mock/index.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { errorCodes, openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { referrersOf } from './listing.ts';

interface Pushed {
  /** Has the tag `v1`. */
  readonly top: MadeManifest;
  /** Digests that are named in it and are in no registry. */
  readonly absent?: readonly string[];
}

const ociIndex = (members: object): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], ...members });
const raw = (mock: MockRegistry, text: string): Pushed => ({
  top: mock.addManifest('app', 'v1', text, mediaTypes.ociIndex),
});

const shapes: readonly (readonly [name: string, push: (mock: MockRegistry) => Pushed])[] = [
  ['an image', (mock) => ({ top: mock.addImage('app', 'v1') })],
  [
    'an image of docker’s media types',
    (mock) => ({ top: mock.addImage('app', 'v1', { mediaTypes: 'docker' }) }),
  ],
  [
    'an image by sha512, its layers too',
    (mock) => ({
      top: mock.addImage('app', 'v1', { algorithm: 'sha512', layers: [{ size: 5000, algorithm: 'sha512' }] }),
    }),
  ],
  ['an image without layers', (mock) => ({ top: mock.addImage('app', 'v1', { layers: [] }) })],
  ['an image with an empty layer', (mock) => ({ top: mock.addImage('app', 'v1', { layers: [0, 700] }) })],
  [
    'an empty blob by sha512',
    (mock) => ({ top: mock.addImage('app', 'v1', { layers: [{ size: 0, algorithm: 'sha512' }] }) }),
  ],
  [
    'an image with data in its descriptors, and fields that nobody knows',
    (mock) => {
      const descriptor = { data: 'e30=', 'org.example.new': ['é'] };
      const layers = [{ bytes: '{}', mediaType: mediaTypes.ociLayer, descriptor }];
      return { top: mock.addImage('app', 'v1', { layers, extra: { newUnspecifiedField: 'hello' } }) };
    },
  ],
  [
    'an image with a layer that is not distributed',
    (mock) => {
      const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
      const urls = ['http://elsewhere.test/layer'];
      const top = mock.addImage('app', 'v1', {
        layers: [{ size: 900, mediaType, stored: false, descriptor: { urls } }, 800],
      });
      return { top, absent: [top.layers[0]?.digest ?? ''] };
    },
  ],
  [
    'an artifact that is nothing but annotations',
    (mock) => ({ top: mock.addArtifact('app', { tag: 'v1', annotations: { note: 'nothing else' } }) }),
  ],
  [
    'an index of platforms',
    (mock) => ({ top: mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] }) }),
  ],
  [
    'a nested index',
    (mock) => ({
      top: mock.addIndex('app', 'v1', [
        mock.addImage('app'),
        mock.addIndex('app', undefined, [mock.addIndex('app', undefined, [mock.addImage('app')])]),
      ]),
    }),
  ],
  [
    'a sparse index',
    (mock) => {
      const missing = mock.addImage('app', undefined, { layers: [] });
      const top = mock.addIndex('app', 'v1', [mock.addImage('app'), missing]);
      mock.store.deleteManifest('app', missing.digest);
      return { top, absent: [missing.digest] };
    },
  ],
  [
    'an index that is an artifact with a subject',
    (mock) => ({
      top: mock.addIndex('app', 'v1', [mock.addArtifact('app')], {
        artifactType: 'application/vnd.example.stand',
        subject: mock.addImage('app').descriptor,
      }),
    }),
  ],
  ['an empty index', (mock) => raw(mock, ociIndex({}))],
  ['odd white space and letters', (mock) => raw(mock, `{ "x-é" :1,\n\t${ociIndex({}).slice(1)}\n\n`)],
  ['a manifest of 4 MiB', (mock) => raw(mock, ociIndex({ annotations: { a: 'x'.repeat(4 << 20) } }))],
];

/** Does something in each state: the first time, again, and with no upstream any more. */
async function inEveryState(door: FrontDoor, read: (state: string) => Promise<void>): Promise<void> {
  await read('cold');
  await read('warm');
  await door.restart({ airGapped: true });
  await door.mock.stop();
  await read('air-gapped');
}

async function expectContent(
  door: FrontDoor,
  state: string,
  path: string,
  { digest, mediaType }: { readonly digest: string; readonly mediaType: string },
  bytes: Buffer,
): Promise<void> {
  const headers = {
    'content-length': String(bytes.length),
    'content-type': mediaType,
    'docker-content-digest': digest,
  };
  const head = await door.head(path);
  expect([state, path, head.status, head.body.length]).toEqual([state, path, 200, 0]);
  expect(head.headers).toMatchObject(headers);
  const get = await door.get(path, { accept: mediaType });
  expect([state, path, get.status, get.body.equals(bytes)]).toEqual([state, path, 200, true]);
  expect(get.headers).toMatchObject(headers);
}

async function expectRanges(door: FrontDoor, path: string, bytes: Buffer): Promise<void> {
  const size = bytes.length;
  const beyond = await door.get(path, { range: `bytes=${size}-${size + 9}` });
  // Of nothing there are no ranges: the whole of it.
  const expected = size === 0 ? [200, undefined] : [416, `bytes */${size}`];
  expect([beyond.status, beyond.headers['content-range']]).toEqual(expected);
  if (size === 0) return;
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 0],
    ['bytes=-1', size - 1, size - 1],
    ['bytes=1-', 1, size - 1],
    [`bytes=0-${size + 5}`, 0, size - 1],
  ] as const) {
    const { status, headers, body } = await door.get(path, { range });
    expect([range, status, headers['content-range']]).toEqual([range, 206, `bytes ${start}-${end}/${size}`]);
    expect(body.equals(bytes.subarray(start, end + 1))).toBe(true);
  }
}

async function expectBlob(door: FrontDoor, state: string, blob: MadeBlob): Promise<void> {
  const path = `/v2/app/blobs/${blob.digest}`;
  const served = { digest: blob.digest, mediaType: mediaTypes.octetStream };
  await expectContent(door, state, path, served, blob.bytes());
  await expectRanges(door, path, blob.bytes());
}

describe('cold, warm and air-gapped, by tag and by digest, whole and in ranges', () => {
  test.each(shapes)('%s', async (_, push) => {
    await using door = await openFrontDoor();
    const { top, absent = [] } = push(door.mock);
    const there = <T extends { readonly digest: string }>(made: readonly T[]): readonly T[] =>
      made.filter(({ digest }) => !absent.includes(digest));
    await inEveryState(door, async (state) => {
      await expectContent(door, state, '/v2/app/manifests/v1', top, top.bytes);
      for (const manifest of there(allManifests(top))) {
        await expectContent(door, state, `/v2/app/manifests/${manifest.digest}`, manifest, manifest.bytes);
        for (const blob of there(manifest.manifests.length === 0 ? manifest.blobs : []))
          await expectBlob(door, state, blob);
      }
      for (const digest of absent) {
        const answers = [
          await door.get(`/v2/app/manifests/${digest}`),
          await door.get(`/v2/app/blobs/${digest}`),
        ];
        expect(answers.map((answer) => [answer.status, ...errorCodes(answer)])).toEqual([
          [404, 'MANIFEST_UNKNOWN'],
          [404, 'BLOB_UNKNOWN'],
        ]);
      }
    });
  });
});

test('referrers of every kind with their annotations, cold, warm and air-gapped', async () => {
  await using door = await openFrontDoor({ listMs: 0 });
  const { mock } = door;
  const image = mock.addImage('app', 'v1');
  const unpushed = mock.addImage('elsewhere', 'v1');
  const subject = image.descriptor;
  const config = mock.addBlob('app', { bytes: 'a config', mediaType: 'application/x.config' });
  const kinds = [
    {
      artifactType: 'application/x.config',
      made: mock.addArtifact('app', {
        subject,
        annotations: { kind: 'by its config' },
        extra: { artifactType: undefined, config: config.descriptor },
      }),
    },
    {
      artifactType: 'application/x.type',
      made: mock.addArtifact('app', {
        subject,
        artifactType: 'application/x.type',
        annotations: { kind: 'é' },
      }),
    },
    {
      artifactType: 'application/x.stand',
      made: mock.addIndex('app', undefined, [], {
        subject,
        artifactType: 'application/x.stand',
        annotations: { kind: 'an index', '': 'empty' },
      }),
    },
  ];
  const orphan = mock.addArtifact('app', {
    subject: unpushed.descriptor,
    artifactType: 'application/x.type',
  });
  const listed = kinds.map(({ artifactType, made }) => ({
    ...made.descriptor,
    artifactType,
    annotations: (JSON.parse(made.bytes.toString()) as { annotations: object }).annotations,
  }));
  const byDigest = (a: { readonly digest: string }, b: { readonly digest: string }) =>
    a.digest < b.digest ? -1 : 1;

  await inEveryState(door, async () => {
    const path = `/v2/app/referrers/${image.digest}`;
    const all = await door.get(path);
    expect(referrersOf(all).toSorted(byDigest)).toEqual(listed.toSorted(byDigest));
    expect(all.headers['oci-filters-applied']).toBeUndefined();
    for (const { artifactType } of kinds) {
      const filtered = await door.get(`${path}?artifactType=${artifactType}`);
      expect(referrersOf(filtered)).toEqual(listed.filter((one) => one.artifactType === artifactType));
      expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    }
    // "If the subject does not exist": its referrers are listed all the same, and of nothing there are none.
    const ofUnpushed = referrersOf(await door.get(`/v2/app/referrers/${unpushed.digest}`));
    expect(ofUnpushed.map(({ digest }) => digest)).toEqual([orphan.digest]);
    expect(referrersOf(await door.get(`/v2/app/referrers/${config.digest}`))).toEqual([]);
  });
});
