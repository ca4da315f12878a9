import { describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { parseTag } from '../oci/reference.ts';
import type { ManifestEntry, TagState } from './manifest-entry.ts';
import { Manifests } from './manifests.ts';
import type { RepositoryId } from './repository-id.ts';

const repository = 'registry.test/app' as RepositoryId;
const other = 'registry.test/other' as RepositoryId;
const tag = parseTag('v1');
const bound = (time: string): TagState => ({ bound: time, revalidated: undefined });

function entry(name: string, changes: Partial<ManifestEntry> = {}): ManifestEntry {
  return {
    digest: digestOf(name),
    kind: 'image',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 1,
    children: [],
    anonymous: true,
    created: '2026-01-01T00:00:00.000Z',
    references: new Map([[repository, new Map()]]),
    ...changes,
  };
}

const tagged = (name: string, time: string): ManifestEntry =>
  entry(name, { references: new Map([[repository, new Map([[tag, bound(time)]])]]) });

describe('tags', () => {
  test('the later claim to one tag holds, in whatever order they come', () => {
    const old = tagged('old', '2026-01-01T00:00:00.000Z');
    const moved = tagged('moved', '2026-01-02T00:00:00.000Z');
    for (const order of [
      [old, moved],
      [moved, old],
    ]) {
      const manifests = new Manifests();
      for (const claim of order) manifests.put(claim);
      expect(manifests.byTag(repository, tag)?.digest).toBe(moved.digest);
    }
  });

  test('a confirmation is noted on what the entry is by now, and only where the tag leads there', () => {
    const manifests = new Manifests();
    const one = tagged('one', '2026-01-01T00:00:00.000Z');
    manifests.put(one);
    manifests.put({ ...one, references: new Map([...one.references, [other, new Map()]]) });
    manifests.revalidated(repository, tag, one.digest, 42);
    manifests.revalidated(other, tag, one.digest, 43);
    manifests.revalidated(repository, tag, digestOf('gone'), 44);
    const { references } = manifests.get(one.digest) ?? one;
    expect([...references.keys()]).toEqual([repository, other]);
    expect(references.get(repository)?.get(tag)?.revalidated).toBe(42);
    expect(references.get(other)?.size).toBe(0);
    expect(manifests.byTag(repository, tag)).toBe(manifests.get(one.digest));
  });

  test('an entry that gives a tag up does not take it from its new owner', () => {
    const manifests = new Manifests();
    const old = tagged('old', '2026-01-01T00:00:00.000Z');
    const moved = tagged('moved', '2026-01-02T00:00:00.000Z');
    manifests.put(old);
    manifests.put(moved);
    manifests.put(entry('old'));
    expect(manifests.byTag(repository, tag)?.digest).toBe(moved.digest);
    expect([...manifests.tags(repository)]).toEqual([tag]);
    expect([...manifests.tags(other)]).toEqual([]);
  });
});

describe('what leads where', () => {
  const child: Digest = digestOf('child');
  const parent = entry('parent', {
    children: [{ digest: child, size: 1, mediaType: 'x' }],
    subject: digestOf('subject'),
  });

  test('parents and referrers are known while the manifest is', () => {
    const manifests = new Manifests();
    manifests.put(parent);
    expect([...manifests.parents(child)]).toEqual([parent.digest]);
    expect([...manifests.referrers(digestOf('subject'))]).toEqual([parent.digest]);
    expect([...manifests.repositories()]).toEqual([repository]);
    manifests.delete(parent.digest);
    expect(manifests.parents(child).size + manifests.referrers(digestOf('subject')).size).toBe(0);
    expect([manifests.size, [...manifests.repositories()]]).toEqual([0, []]);
  });

  test('putting an entry again leaves nothing of the old one', () => {
    const manifests = new Manifests();
    manifests.put(parent);
    manifests.put({ ...parent, children: [] });
    expect([manifests.size, manifests.parents(child).size]).toEqual([1, 0]);
  });
});

test('when it was last pulled goes forward alone, and of what is there alone', () => {
  const manifests = new Manifests();
  const pulled = entry('pulled');
  manifests.put(pulled);
  for (const month of ['02', '03', '01']) manifests.pulled(pulled.digest, `2026-${month}-01T00:00:00.000Z`);
  manifests.pulled(digestOf('absent'), '2026-01-01T00:00:00.000Z');
  expect(manifests.get(pulled.digest)?.lastPulled).toBe('2026-03-01T00:00:00.000Z');
  expect(manifests.size).toBe(1);
});
