import { describe, expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { mediaTypes } from './media-type.ts';

const descriptor = (name: string, mediaType: string = mediaTypes.ociLayer): Record<string, unknown> => ({
  mediaType,
  digest: digestOf(name),
  size: name.length,
});
const config = descriptor('config', mediaTypes.ociConfig);
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config,
  layers: [descriptor('one'), descriptor('two')],
};
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [descriptor('child', mediaTypes.ociManifest)],
};
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const without = (body: Record<string, unknown>): unknown => ({ ...body, mediaType: undefined });
const invalid = expect.objectContaining({ code: 'MANIFEST_INVALID', status: 400 }) as Error;

describe('parseManifest', () => {
  test('an image manifest: config, then layers in order', () => {
    expect(parseManifest(bytes(image), mediaTypes.ociManifest)).toEqual({
      kind: 'image',
      mediaType: mediaTypes.ociManifest,
      descriptors: [config, descriptor('one'), descriptor('two')],
      configMediaType: mediaTypes.ociConfig,
    });
  });

  test('an index with everything', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const child = {
      ...descriptor('child'),
      platform,
      annotations: { a: 'b' },
      artifactType: 't/t',
      data: 'e30=',
      urls: ['u'],
    };
    const subject = descriptor('subject', mediaTypes.ociManifest);
    const body = {
      ...index,
      manifests: [child],
      subject,
      artifactType: 'x/y',
      annotations: { c: 'd', odd: 1 },
      more: {},
    };
    expect(parseManifest(bytes(body))).toEqual({
      kind: 'index',
      mediaType: mediaTypes.ociIndex,
      descriptors: [child],
      subject,
      artifactType: 'x/y',
      annotations: { c: 'd' },
    });
  });

  test.each([
    [
      'Docker image',
      { ...image, mediaType: mediaTypes.dockerManifest },
      undefined,
      'image',
      mediaTypes.dockerManifest,
      3,
    ],
    [
      'Docker list',
      { ...index, mediaType: mediaTypes.dockerList },
      undefined,
      'index',
      mediaTypes.dockerList,
      1,
    ],
    [
      'type from Content-Type',
      without(image),
      mediaTypes.dockerManifest,
      'image',
      mediaTypes.dockerManifest,
      3,
    ],
    [
      'Content-Type with parameters',
      index,
      `${mediaTypes.ociIndex.toUpperCase()}; charset=utf-8`,
      'index',
      mediaTypes.ociIndex,
      1,
    ],
    ['Content-Type that says nothing', index, 'application/octet-stream', 'index', mediaTypes.ociIndex, 1],
    ['image by its shape', without(image), undefined, 'image', mediaTypes.ociManifest, 3],
    ['index by its shape', without(index), 'application/json', 'index', mediaTypes.ociIndex, 1],
    ['empty index', { ...index, manifests: [] }, undefined, 'index', mediaTypes.ociIndex, 0],
    [
      'index with a null list',
      without({ ...index, manifests: null }),
      undefined,
      'index',
      mediaTypes.ociIndex,
      0,
    ],
    [
      'index with null layers',
      { ...index, layers: null, config: null },
      undefined,
      'index',
      mediaTypes.ociIndex,
      1,
    ],
    ['no layers', { ...image, layers: [] }, undefined, 'image', mediaTypes.ociManifest, 1],
    ['layers left out', { ...image, layers: undefined }, undefined, 'image', mediaTypes.ociManifest, 1],
    ['nothing at all', {}, mediaTypes.ociManifest, 'image', mediaTypes.ociManifest, 0],
    [
      'nested index',
      { ...index, manifests: [descriptor('i', mediaTypes.ociIndex)] },
      undefined,
      'index',
      mediaTypes.ociIndex,
      1,
    ],
    [
      'artifact manifest',
      { mediaType: mediaTypes.ociArtifact, artifactType: 'a/b', blobs: [descriptor('b')] },
      mediaTypes.ociArtifact,
      'image',
      mediaTypes.ociArtifact,
      1,
    ],
    [
      'schema 1',
      { schemaVersion: 1, fsLayers: [{ blobSum: 'x' }] },
      mediaTypes.dockerSchema1,
      'opaque',
      mediaTypes.dockerSchema1,
      0,
    ],
    [
      'schema 1 by its shape',
      { schemaVersion: 1, fsLayers: [] },
      undefined,
      'opaque',
      mediaTypes.dockerSchema1,
      0,
    ],
    [
      'signed schema 1 by its shape',
      { schemaVersion: 1, fsLayers: [], signatures: [] },
      'application/json',
      'opaque',
      mediaTypes.dockerSchema1Signed,
      0,
    ],
    [
      'what nobody knows',
      { whatever: 1 },
      'application/vnd.example+json',
      'opaque',
      'application/vnd.example+json',
      0,
    ],
  ])('takes %s', (_, body, contentType, kind, mediaType, count) => {
    const manifest = parseManifest(bytes(body), contentType);
    expect([manifest.kind, manifest.mediaType, manifest.descriptors.length]).toEqual([
      kind,
      mediaType,
      count,
    ]);
  });

  test.each([
    ['layers and manifests', { ...image, manifests: [] }, undefined],
    ['the same, without a type', without({ ...image, ...index }), undefined],
    ['manifests and a config', { ...index, config }, undefined],
    ['both in an unknown type', without({ ...image, ...index }), 'application/vnd.example+json'],
    ['another Content-Type', image, mediaTypes.ociIndex],
    ['Docker’s type for OCI’s', image, mediaTypes.dockerManifest],
    ['an index that is called an image', without(index), mediaTypes.ociManifest],
    ['an image that is called an index', without(image), mediaTypes.ociIndex],
    ['a config that is called an index', { config }, mediaTypes.ociIndex],
    ['an image that is called schema 1', without(image), mediaTypes.dockerSchema1],
    ['schema 1 that is called an image', { schemaVersion: 1, fsLayers: [] }, mediaTypes.ociManifest],
    ['neither type nor shape', { schemaVersion: 2 }, 'application/json'],
    ['a media type that is no text', { ...image, mediaType: 1 }, undefined],
    ['layers that are no list', { ...image, layers: {} }, undefined],
    ['a layer that is no object', { ...image, layers: ['x'] }, undefined],
    ['a null layer', { ...image, layers: [null] }, undefined],
    ['a bad digest', { ...image, layers: [{ ...descriptor('x'), digest: 'sha256:x' }] }, undefined],
    ['a path for a digest', { ...image, config: { ...config, digest: 'sha256:../../x' } }, undefined],
    ['no digest', { ...image, layers: [{ size: 1 }] }, undefined],
    ['no size', { ...image, layers: [{ ...descriptor('x'), size: undefined }] }, undefined],
    ['a negative size', { ...image, layers: [{ ...descriptor('x'), size: -1 }] }, undefined],
    ['an unsafe size', { ...image, layers: [{ ...descriptor('x'), size: 2 ** 53 }] }, undefined],
    ['a broken size', { ...index, manifests: [{ ...descriptor('x'), size: 1.5 }] }, undefined],
    ['a size in text', { ...image, layers: [{ ...descriptor('x'), size: '1' }] }, undefined],
    ['a bad subject', { ...image, subject: { digest: 'x' } }, undefined],
    ['a list', [image], mediaTypes.ociManifest],
    ['null', null, mediaTypes.ociManifest],
    ['text', 'x', mediaTypes.ociManifest],
  ])('refuses %s', (_, body, contentType) => {
    expect(() => parseManifest(bytes(body), contentType)).toThrow(invalid);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['half a manifest', bytes(image).subarray(0, 50)],
    ['HTML', new TextEncoder().encode('<html>')],
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, ...bytes(image)])],
    ['Latin-1', new Uint8Array([0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d])],
    ['deep nesting', new TextEncoder().encode('['.repeat(200_000))],
  ])('refuses %s', (_, body) => {
    expect(() => parseManifest(body, mediaTypes.ociManifest)).toThrow(invalid);
  });

  test('takes the largest and no larger', () => {
    const rest = bytes({ ...image, pad: '' }).byteLength;
    const body = (size: number): Uint8Array => bytes({ ...image, pad: 'x'.repeat(size - rest) });
    expect(parseManifest(body(MAX_MANIFEST_BYTES)).kind).toBe('image');
    expect(() => parseManifest(body(MAX_MANIFEST_BYTES + 1))).toThrow(invalid);
  });

  test('leaves out optional fields that are malformed, and trusts no prototype', () => {
    const odd = {
      ...descriptor('x'),
      mediaType: 5,
      urls: 'u',
      platform: { os: 1 },
      annotations: [],
      artifactType: '',
      data: 1,
    };
    const text = JSON.stringify({ ...image, layers: [odd] }).replace(
      '"layers"',
      '"annotations":{"__proto__":"p"},"layers"',
    );
    const manifest = parseManifest(new TextEncoder().encode(text));
    expect(manifest.descriptors[1]).toEqual({ ...descriptor('x'), mediaType: mediaTypes.octetStream });
    expect(Object.entries(manifest.annotations ?? {})).toEqual([['__proto__', 'p']]);
  });
});
