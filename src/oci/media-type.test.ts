import { expect, test } from 'vitest';
import {
  baseMediaType,
  isImageManifestType,
  isIndexType,
  isManifestType,
  isNonDistributableType,
  isSchema1Type,
  manifestAccept,
  mediaTypes,
} from './media-type.ts';

test.each([
  ['a/b', 'a/b'],
  [' A/B ; charset=utf-8', 'a/b'],
  ['a/b;', 'a/b'],
  ['', ''],
  [';', ''],
])('baseMediaType(%j) is %j', (text, want) => {
  expect(baseMediaType(text)).toBe(want);
});

test.each([
  [mediaTypes.ociIndex, 'index'],
  [mediaTypes.dockerList, 'index'],
  [mediaTypes.ociManifest, 'image'],
  [mediaTypes.dockerManifest, 'image'],
  [mediaTypes.ociArtifact, 'image'],
  [mediaTypes.dockerSchema1, 'schema1'],
  [mediaTypes.dockerSchema1Signed, 'schema1'],
  [mediaTypes.ociLayer, 'none'],
  [mediaTypes.octetStream, 'none'],
  ['', 'none'],
])('%s: %s', (mediaType, kind) => {
  const written = `${mediaType.toUpperCase()}; charset=utf-8`;
  expect([
    isIndexType(written),
    isImageManifestType(written),
    isSchema1Type(written),
    isManifestType(written),
  ]).toEqual([kind === 'index', kind === 'image', kind === 'schema1', kind !== 'none']);
});

test('four types are asked for', () => {
  expect(manifestAccept.split(', ')).toHaveLength(4);
});

test.each([
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', true],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', true],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', true],
  [mediaTypes.ociLayer, false],
  [mediaTypes.dockerLayer, false],
])('%s is non-distributable: %s', (mediaType, want) => {
  expect(isNonDistributableType(mediaType)).toBe(want);
});
