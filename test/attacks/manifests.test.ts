// A corpus of crafted manifests, pulled through from an upstream that has them: refused, or served byte for byte.
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { errorCodes, openFrontDoor } from '../front-door.ts';

const digest = digestOf('');
const blob = { mediaType: mediaTypes.ociLayer, digest, size: 0 };
const { ociManifest, ociIndex, dockerManifest, dockerList, dockerSchema1 } = mediaTypes;
const image = { schemaVersion: 2, mediaType: ociManifest, config: blob, layers: [blob] };
const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [{ ...blob, mediaType: ociManifest }] };

type Row = readonly [name: string, body: unknown, contentType: string];

/** Text stands for itself, all else for its JSON. */
const refused: readonly Row[] = [
  ['layers and manifests', { ...image, manifests: index.manifests }, ociManifest],
  ['manifests and layers', { ...index, layers: image.layers }, ociIndex],
  ['an index with a config', { ...index, config: blob }, ociIndex],
  ['an image called an index', image, ociIndex],
  ['an index called an image', index, ociManifest],
  ['an image that is called one inside alone', { ...index, mediaType: ociManifest }, ociIndex],
  ['a docker image called an OCI one', { ...image, mediaType: dockerManifest }, ociManifest],
  ['a docker list called an image', { ...index, mediaType: dockerList }, dockerManifest],
  ['schema 1 called an image', { ...image, schemaVersion: 1, fsLayers: [] }, ociManifest],
  ['an image called schema 1', image, dockerSchema1],
  [
    'empty lists of both',
    `{"manifests":[],"layers":[],"schemaVersion":2,"mediaType":"${ociIndex}"}`,
    ociIndex,
  ],
  ['a media type that is a list', { ...image, mediaType: [ociManifest] }, ociManifest],
  ['a layer without a digest', { ...image, layers: [{ mediaType: 'x', size: 1 }] }, ociManifest],
  [
    'a layer that leads out',
    { ...image, layers: [{ ...blob, digest: 'sha256:../../../etc/passwd' }] },
    ociManifest,
  ],
  [
    'a layer of an unknown algorithm',
    { ...image, layers: [{ ...blob, digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' }] },
    ociManifest,
  ],
  ['a digest in upper case', { ...image, layers: [{ ...blob, digest: digest.toUpperCase() }] }, ociManifest],
  ['a negative size', { ...image, layers: [{ ...blob, size: -1 }] }, ociManifest],
  ['half a byte', { ...image, layers: [{ ...blob, size: 0.5 }] }, ociManifest],
  [
    'a size beyond numbers',
    `{"schemaVersion":2,"layers":[{"digest":"${digest}","size":1e400}]}`,
    ociManifest,
  ],
  ['layers that are no list', { ...image, layers: { length: 1, 0: blob } }, ociManifest],
  ['a subject that leads out', { ...image, subject: { ...blob, digest: 'sha256:..' } }, ociManifest],
  ['no JSON', '{"schemaVersion":2,', ociManifest],
  ['a byte order mark', `\uFEFF${JSON.stringify(image)}`, ociManifest],
  ['a list', [image], ociManifest],
  ['a page of a portal', '<html>log in</html>', 'text/html'],
  ['nothing', '', ociManifest],
];

const served: readonly Row[] = [
  [
    'members that every object has',
    `{"__proto__":{"layers":[]},"constructor":1,"schemaVersion":2,"mediaType":"${ociIndex}","manifests":[]}`,
    ociIndex,
  ],
  [
    'urls to follow',
    {
      ...image,
      layers: [{ ...blob, urls: ['http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd'] }],
    },
    ociManifest,
  ],
  [
    'itself nested without end',
    `{"schemaVersion":2,"mediaType":"${ociIndex}","manifests":[],"annotations":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ociIndex,
  ],
  [
    'a hundred thousand annotations of nothing',
    {
      ...index,
      manifests: [],
      annotations: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`a${at}`, ''])),
    },
    ociIndex,
  ],
  ['ten thousand layers', { ...image, layers: Array.from({ length: 10_000 }, () => blob) }, ociManifest],
  [
    'annotations to forge a log by',
    { ...image, annotations: { 'a\r\nHTTP/1.1 200 OK\r\n': '\u001b[2J\u202e' } },
    ociManifest,
  ],
];

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

describe('refused, and nothing of it kept', () => {
  test.each(refused)('%s', async (_, body, contentType) => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const made = door.mock.addManifest('evil', 'v1', textOf(body), contentType);
    for (const reference of ['v1', made.digest]) {
      const answer = await door.get(`/v2/evil/manifests/${reference}`);
      expect([answer.status, errorCodes(answer)]).toEqual([502, ['MANIFEST_INVALID']]);
    }
    await door.mock.stop();
    expect([404, 502, 503]).toContain((await door.get(`/v2/evil/manifests/${made.digest}`)).status);
  });
});

describe('served byte for byte, and nothing in it obeyed', () => {
  test.each(served)('%s', async (_, body, contentType) => {
    await using door = await openFrontDoor();
    door.mock.addBlob('odd', { bytes: '' });
    const text = textOf(body);
    const made = door.mock.addManifest('odd', 'v1', text, contentType);
    for (const reference of ['v1', made.digest]) {
      const answer = await door.get(`/v2/odd/manifests/${reference}`);
      expect([answer.status, answer.headers['docker-content-digest']]).toEqual([200, made.digest]);
      expect(answer.body.toString()).toBe(text);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    await door.restart();
    expect((await door.get(`/v2/odd/manifests/${made.digest}`)).body.toString()).toBe(text);
  });
});
