// The part of the store's suite that is about holders, links and walks.
import { beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { DigestMismatch } from './errors.ts';
import { collect, holderOf, linkOf, putBlob, referenceOf } from './store-samples.ts';
import type { Store } from './store.ts';

/** Two stores on one place, as two servers would open it; new ones for every test. */
export function recordSuite(opened: () => { store: Store; other: Store }): void {
  let store: Store;
  let other: Store;
  beforeEach(() => {
    ({ store, other } = opened());
  });

  describe('links', () => {
    test('merge, also when added by two servers at once', async () => {
      const digest = digestOf('linked');
      expect(await store.linkRead(digest)).toBeUndefined();
      const names = Array.from({ length: 20 }, (_, index) => `r/n${index}`);
      await Promise.all(
        names.map((link, index) => (index % 2 ? store : other).linkAdd(linkOf(digest, link))),
      );
      await other.linkAdd({ digest, anonymous: true, repositories: ['r/n3'] });
      await store.linkAdd(linkOf(digest, 'r/n4'));
      const record = await store.linkRead(digest);
      expect(record?.anonymous).toBe(true);
      expect([...(record?.repositories ?? [])].sort()).toEqual([...names].sort());
    });
  });

  describe('holders', () => {
    const manifests = [
      { what: 'an object', manifest: '{}' },
      { what: 'white space kept', manifest: '{\r\n\t"schemaVersion" : 2 }\n\n' },
      { what: 'escapes', manifest: '{"a":"\\u0000 \\" \\\\ \\u2028"}' },
      { what: 'beyond ASCII', manifest: '{"ä":"日本 😀 \u2028"}' },
      { what: 'a byte order mark', manifest: '\ufeff{}' },
      { what: '4 MiB', manifest: `{"a":"${'\\"'.repeat(2 * 1024 * 1024)}"}` },
    ];

    test.each(manifests)('give back the exact manifest: $what', async ({ manifest }) => {
      for (const algorithm of ['sha256', 'sha512'] as const) {
        const holder = holderOf(manifest, {}, algorithm);
        await store.holderUpdate(holder.digest, 'img', () => holder);
        const read = await other.holderRead(holder.digest);
        expect(digestOf(Buffer.from(read?.manifest ?? '', 'utf8'), algorithm)).toBe(holder.digest);
        expect(read).toEqual(holder);
      }
    });

    test('keep every well-formed tag, whatever it means to JavaScript', async () => {
      const tags = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', 'V1', 'v1', '_'];
      const bindings = Object.fromEntries(tags.map((tag) => [tag, { bound: '2026-01-01T00:00:00.000Z' }]));
      const holder = holderOf('{}', {
        lastPulled: '2026-02-02T00:00:00.000Z',
        references: [referenceOf('a/b', bindings), referenceOf('a/c')],
      });
      await store.holderUpdate(holder.digest, 'fat', () => holder);
      const read = await other.holderRead(holder.digest);
      expect(Object.keys(read?.references[0]?.tags ?? {}).sort()).toEqual([...tags].sort());
      expect(read?.references[1]?.tags['constructor']).toBeUndefined();
      expect(read?.lastPulled).toBe('2026-02-02T00:00:00.000Z');
    });

    test('are changed and deleted; absent ones are not made', async () => {
      const holder = holderOf('{}');
      await store.holderUpdate(holder.digest, 'img', () => undefined);
      expect(await store.holderRead(holder.digest)).toBeUndefined();
      await store.holderUpdate(holder.digest, 'img', () => holder);
      await other.holderUpdate(holder.digest, 'img', (held) => held && { ...held, anonymous: false });
      await other.holderUpdate(holder.digest, 'img', (held) => held);
      expect(await store.holderRead(holder.digest)).toEqual({ ...holder, anonymous: false });
      await store.holderUpdate(holder.digest, 'img', () => undefined);
      expect(await other.holderRead(holder.digest)).toBeUndefined();
    });

    test('that were filed as another kind are moved, not doubled', async () => {
      const holder = holderOf('{}');
      await store.holderUpdate(holder.digest, 'img', () => holder);
      await other.holderUpdate(holder.digest, 'fat', (held) => held);
      expect(await collect(store.walk())).toEqual([{ kind: 'holder', directory: 'fat', holder }]);
      await store.holderUpdate(holder.digest, 'img', () => undefined);
      expect(await collect(store.walk())).toEqual([]);
    });

    test('are not written with a manifest that is not theirs, and survive a change that throws', async () => {
      const holder = holderOf('{}');
      const write = store.holderUpdate(holder.digest, 'img', () => ({ ...holder, manifest: '{ }' }));
      await expect(write).rejects.toThrow(DigestMismatch);
      await expect(store.holderUpdate(holder.digest, 'img', () => holderOf('[]'))).rejects.toThrow(TypeError);
      await store.holderUpdate(holder.digest, 'img', () => holder);
      const failing = store.holderUpdate(holder.digest, 'img', () => {
        throw new RangeError('no');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await other.holderRead(holder.digest)).toEqual(holder);
    });

    test('lose no update of two servers', async () => {
      const holder = holderOf('{}', { references: [] });
      const names = Array.from({ length: 30 }, (_, index) => `r/n${index}`);
      await Promise.all(
        names.map(async (reference, index) => {
          await (index % 2 ? store : other).holderUpdate(holder.digest, 'img', (held = holder) => ({
            ...held,
            references: [...held.references, referenceOf(reference)],
          }));
        }),
      );
      const read = await store.holderRead(holder.digest);
      expect(read?.references.map(({ repository }) => repository).sort()).toEqual([...names].sort());
    });
  });

  describe('walks', () => {
    test('show everything', async () => {
      const image = holderOf('{"a":1}');
      const index = holderOf('{"a":2}', {}, 'sha512');
      await store.holderUpdate(image.digest, 'img', () => image);
      await store.holderUpdate(index.digest, 'fat', () => index);
      const blob = await putBlob(store, Buffer.from('blob'), 'r/a');
      const suspended = await store.blobStage(digestOf('partial'));
      await suspended.write(Buffer.from('part'));
      await suspended.suspend();
      const entries = await collect(other.walk());
      expect(entries).toHaveLength(4);
      expect(entries).toEqual(
        expect.arrayContaining([
          { kind: 'holder', directory: 'img', holder: image },
          { kind: 'holder', directory: 'fat', holder: index },
          { kind: 'link', record: linkOf(blob, 'r/a') },
          { kind: 'blob', digest: blob, size: 4 },
        ]),
      );
    });

    test('again show what other servers did, and not again what we know', async () => {
      const [ours, theirs, both] = [holderOf('{"n":1}'), holderOf('{"n":2}'), holderOf('{"n":3}')];
      await store.holderUpdate(both.digest, 'img', () => both);
      expect(await collect(store.walk())).toHaveLength(1);
      expect(await collect(store.rewalk())).toEqual([]);
      await store.holderUpdate(ours.digest, 'img', () => ours);
      expect(await collect(store.rewalk())).toEqual([]);
      await other.holderUpdate(theirs.digest, 'fat', () => theirs);
      expect(await collect(store.rewalk())).toMatchObject([{ directory: 'fat', holder: theirs }]);
      expect(await collect(store.rewalk())).toEqual([]);
      // Their change is still news to us, although ours came on top of it.
      await other.holderUpdate(both.digest, 'img', () => ({
        ...both,
        references: [referenceOf('their/news')],
      }));
      await store.holderUpdate(both.digest, 'img', (held) => held && { ...held, anonymous: false });
      const merged = { anonymous: false, references: [{ repository: 'their/news' }] };
      expect(await collect(store.rewalk())).toMatchObject([{ holder: merged }]);
      await other.holderUpdate(ours.digest, 'img', () => undefined);
      expect(await collect(store.rewalk())).toEqual([{ kind: 'gone', digest: ours.digest }]);
      expect(await collect(store.rewalk())).toEqual([]);
      await other.holderUpdate(ours.digest, 'img', () => ours);
      expect(await collect(store.rewalk())).toMatchObject([{ holder: ours }]);
    });

    test('of blobs show what came, what went, and the links that others made', async () => {
      const kept = await putBlob(store, Buffer.from('kept'), 'r/a');
      const gone = await putBlob(store, Buffer.from('gone'), 'r/a');
      expect(await collect(store.walk())).toHaveLength(4);
      const known = new Set([kept, gone]);
      expect(await collect(store.rewalkBlobs(known))).toEqual([]);
      const theirs = await putBlob(other, Buffer.from('their blob'), 'r/b');
      await other.linkAdd(linkOf(kept, 'r/b'));
      await other.blobDelete(gone);
      const changes = await collect(store.rewalkBlobs(known));
      expect(changes).toHaveLength(4);
      expect(changes).toEqual(
        expect.arrayContaining([
          { kind: 'link', record: linkOf(theirs, 'r/b') },
          { kind: 'link', record: { ...linkOf(kept, 'r/a'), repositories: ['r/a', 'r/b'] } },
          { kind: 'blob', digest: theirs, size: 10 },
          { kind: 'gone', digest: gone },
        ]),
      );
      expect(await collect(store.rewalkBlobs(new Set([kept, theirs])))).toEqual([]);
    });
  });
}
