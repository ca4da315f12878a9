import { expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { Blobs } from './blobs.ts';
import type { RepositoryId } from './repository-id.ts';

const digest = digestOf('blob');
const a = 'a.test/app' as RepositoryId;
const b = 'b.test/app' as RepositoryId;

test('counts bytes once, however often a blob is put', () => {
  const blobs = new Blobs(1000);
  blobs.put(digest, 5);
  blobs.put(digest, 5);
  expect([blobs.count, blobs.bytes, blobs.size(digest)]).toEqual([1, 5, 5]);
  blobs.delete(digest);
  blobs.delete(digest);
  expect([blobs.count, blobs.bytes, blobs.size(digest)]).toEqual([0, 0, undefined]);
});

test('links add up, and public once is public for ever', () => {
  const blobs = new Blobs(1000);
  const known = () => [blobs.isPublic(digest), [...blobs.repositories(digest)]];
  expect(known()).toEqual([false, []]);
  blobs.link(digest, true, [a]);
  blobs.link(digest, false, [b]);
  expect(known()).toEqual([true, [a, b]]);
  expect([blobs.isLinked(digest, b), blobs.isLinked(digestOf('other'), b)]).toEqual([true, false]);
  blobs.forget(digest);
  expect(known()).toEqual([false, []]);
});
