// The part of the store's suite that is about blobs and partial downloads.
import { beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import type { DigestAlgorithm } from '../oci/digest.ts';
import { DigestMismatch, StoreError } from './errors.ts';
import { blobContent, collect, contentOf, linkOf, putBlob, randomBytesOf } from './store-samples.ts';
import type { DecideOnBlob, Store } from './store.ts';

/** Two stores on one place, as two servers would open it; new ones for every test. */
export function blobSuite(opened: () => { store: Store; other: Store }, random: () => number): void {
  let store: Store;
  let other: Store;
  beforeEach(() => {
    ({ store, other } = opened());
  });

  describe('blobs', () => {
    const sizes = [0, 1, 65_536, 1_048_576, 2_500_001];
    const algorithms: DigestAlgorithm[] = ['sha256', 'sha512'];
    const table = algorithms.flatMap((algorithm) => sizes.map((size) => ({ algorithm, size })));

    test.each(table)('of $size bytes, $algorithm, come back as they went in', async ({ algorithm, size }) => {
      const bytes = randomBytesOf(size, random);
      const digest = digestOf(bytes, algorithm);
      expect(await store.blobStat(digest)).toBeUndefined();
      expect(await store.blobOpen(digest)).toBeUndefined();
      const staged = await store.blobStage(digest);
      expect(staged.size).toBe(0);
      for (let at = 0; at < size;) {
        const end = at + 1 + Math.floor(random() * 700_000);
        await staged.write(bytes.subarray(at, end));
        at = Math.min(end, size);
        expect(staged.size).toBe(at);
      }
      expect(await contentOf(staged)).toEqual(bytes);
      expect(await other.blobStat(digest)).toBeUndefined();
      const file = await staged.commit(linkOf(digest, 'r/a'));
      expect(file.size).toBe(size);
      expect(await contentOf(file)).toEqual(bytes);
      expect(await contentOf(staged)).toEqual(bytes);
      await file.close();
      for (const reader of [store, other]) {
        expect(await reader.blobStat(digest)).toEqual({ size });
        expect(await blobContent(reader, digest)).toEqual(bytes);
        expect(await reader.linkRead(digest)).toEqual(linkOf(digest, 'r/a'));
      }
      expect(await store.partials()).toEqual([]);
    });

    test('that nobody has named come under the digest of their bytes, and leave nothing when they are discarded', async () => {
      const bytes = randomBytesOf(700_000, random);
      const digest = digestOf(bytes);
      const kept = await store.blobStageUnnamed();
      const dropped = await store.blobStageUnnamed();
      for (const staged of [kept, dropped]) {
        await staged.write(bytes.subarray(0, 300_000));
        await staged.write(bytes.subarray(300_000));
        expect([staged.size, await staged.digest()]).toEqual([700_000, digest]);
      }
      await dropped.discard();
      expect(await store.blobStat(digest)).toBeUndefined();
      await kept.commit(digest);
      expect(await blobContent(other, digest)).toEqual(bytes);
      expect(await other.linkRead(digest)).toEqual({ digest, anonymous: false, repositories: [] });
      expect(await store.partials()).toEqual([]);
    });

    const unlinked: DecideOnBlob = (_written, link) => (link?.repositories.length ?? 0) === 0;

    test('that no repository is linked to can be deleted without a risk for the others', async () => {
      const bytes = randomBytesOf(1000, random);
      const digest = digestOf(bytes);
      const staged = await store.blobStageUnnamed();
      await staged.write(bytes);
      await staged.commit(await staged.digest());
      await other.linkAdd(linkOf(digest, 'r/a'));
      await store.blobDelete(digest, unlinked);
      expect(await blobContent(store, digest)).toEqual(bytes);
      await store.blobDelete(digest);
      await store.blobDelete(digest, unlinked);
      expect([await store.blobStat(digest), await store.linkRead(digest)]).toEqual([undefined, undefined]);
    });

    test('with wrong bytes are never committed, and can be started over', async () => {
      const bytes = randomBytesOf(10_000, random);
      const digest = digestOf(bytes);
      const staged = await store.blobStage(digest);
      await staged.write(randomBytesOf(10_000, random));
      await expect(staged.verify()).rejects.toThrow(DigestMismatch);
      await expect(staged.commit(linkOf(digest))).rejects.toThrow(DigestMismatch);
      expect(await store.blobStat(digest)).toBeUndefined();
      expect(await store.linkRead(digest)).toBeUndefined();
      await staged.truncate();
      expect(staged.size).toBe(0);
      await staged.write(bytes);
      await staged.verify();
      await (await staged.commit(linkOf(digest))).close();
      expect(await blobContent(store, digest)).toEqual(bytes);
    });

    test('are not committed with the link of another digest', async () => {
      const bytes = randomBytesOf(10, random);
      const staged = await store.blobStage(digestOf(bytes));
      await staged.write(bytes);
      await expect(staged.commit(linkOf(digestOf('other')))).rejects.toThrow(StoreError);
      await staged.discard();
      expect(await collect(store.walk())).toEqual([]);
    });

    test('are staged once at a time', async () => {
      const digest = digestOf('once');
      const [first, second] = await Promise.allSettled([store.blobStage(digest), store.blobStage(digest)]);
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'EBUSY' } });
      if (first.status === 'rejected') throw first.reason;
      await first.value.discard();
      await first.value.discard();
      const again = await store.blobStage(digest);
      await again.suspend();
    });

    test('are not written twice at a time', async () => {
      const bytes = randomBytesOf(1_000_000, random);
      const staged = await store.blobStage(digestOf(bytes));
      const writing = staged.write(bytes);
      await expect(staged.write(bytes)).rejects.toThrow('busy');
      await writing;
      await (await staged.commit(linkOf(staged.digest))).close();
      expect(await blobContent(store, staged.digest)).toEqual(bytes);
    });

    test('resume after suspension, also several times', async () => {
      const bytes = randomBytesOf(3_000_000, random);
      const digest = digestOf(bytes);
      for (let at = 0; at < bytes.length; at += 1_000_000) {
        const staged = await store.blobStage(digest);
        expect(staged.size).toBe(at);
        await staged.write(bytes.subarray(at, at + 1_000_000));
        expect(await contentOf(staged)).toEqual(bytes.subarray(0, at + 1_000_000));
        await staged.suspend();
        expect(await store.partials()).toMatchObject([{ digest, size: at + 1_000_000 }]);
      }
      const staged = await store.blobStage(digest);
      await (await staged.commit(linkOf(digest))).close();
      expect(await blobContent(store, digest)).toEqual(bytes);
      expect(await store.partials()).toEqual([]);
    });

    test('resume in another server while their writer is alive, and both commit', async () => {
      const bytes = randomBytesOf(2_000_000, random);
      const digest = digestOf(bytes);
      const ours = await store.blobStage(digest);
      await ours.write(bytes.subarray(0, 1_500_000));
      const theirs = await other.blobStage(digest);
      expect(theirs.size).toBe(1_500_000);
      await ours.write(bytes.subarray(1_500_000, 1_600_000));
      await theirs.write(bytes.subarray(1_500_000));
      const theirFile = await theirs.commit(linkOf(digest, 'r/theirs'));
      await ours.write(bytes.subarray(1_600_000));
      const ourFile = await ours.commit(linkOf(digest, 'r/ours'));
      expect(await contentOf(ourFile)).toEqual(bytes);
      expect(await contentOf(theirFile)).toEqual(bytes);
      await ourFile.close();
      await theirFile.close();
      expect(await blobContent(store, digest)).toEqual(bytes);
      expect(await store.linkRead(digest)).toEqual(linkOf(digest, 'r/theirs', 'r/ours'));
      expect(await store.partials()).toEqual([]);
    });

    test('are committed also when another server committed and deleted them in between', async () => {
      const bytes = randomBytesOf(1_200_000, random);
      const digest = digestOf(bytes);
      const ours = await store.blobStage(digest);
      await ours.write(bytes);
      await putBlob(other, bytes);
      await other.blobDelete(digest);
      const file = await ours.commit(linkOf(digest, 'r/ours'));
      expect(await contentOf(file)).toEqual(bytes);
      await file.close();
      expect(await blobContent(other, digest)).toEqual(bytes);
      expect(await store.partials()).toEqual([]);
    });

    test('filled by two servers at once, by one of them wrongly, are right', async () => {
      const bytes = randomBytesOf(400_000, random);
      const wrong = Buffer.from(bytes);
      wrong[200_000] = (wrong[200_000] ?? 0) ^ 1;
      const digest = digestOf(bytes);
      const fill = async (filler: Store, content: Buffer): Promise<void> => {
        const staged = await filler.blobStage(digest);
        await staged.truncate();
        for (let at = 0; at < content.length; at += 50_000)
          await staged.write(content.subarray(at, at + 50_000));
        try {
          await (await staged.commit(linkOf(digest))).close();
        } catch (error) {
          await staged.discard();
          throw error;
        }
      };
      const results = await Promise.allSettled([fill(store, bytes), fill(other, wrong)]);
      expect(results[0]).toMatchObject({ status: 'fulfilled' });
      expect(results[1]).toMatchObject({ status: 'rejected', reason: { name: 'DigestMismatch' } });
      expect(await blobContent(other, digest)).toEqual(bytes);
      expect(await store.partials()).toEqual([]);
    });

    test.each(['discard', 'truncate'] as const)(
      'taken over with wrong bytes are not taken over again after %s',
      async (way) => {
        const bytes = randomBytesOf(1_000, random);
        const digest = digestOf(bytes);
        const dead = await other.blobStage(digest);
        await dead.write(randomBytesOf(900, random));
        await dead.suspend();
        const staged = await store.blobStage(digest);
        expect(staged.size).toBe(900);
        await staged[way]();
        await staged.suspend();
        const again = await store.blobStage(digest);
        expect(again.size).toBe(0);
        await again.discard();
      },
    );

    test('set aside or deleted are misses; only deletion takes the link along', async () => {
      const [rotten, pruned] = [
        await putBlob(store, Buffer.from('rotten'), 'r/a'),
        await putBlob(store, Buffer.from('p')),
      ];
      const open = await store.blobOpen(pruned);
      await store.blobSetAside(rotten, 'bit rot');
      await store.blobSetAside(rotten, 'twice');
      expect(await store.blobDelete(pruned, () => false)).toBeUndefined();
      expect(await store.blobDelete(pruned)).toBe(1);
      expect(await store.blobDelete(pruned)).toBeUndefined();
      expect(await other.blobOpen(rotten)).toBeUndefined();
      expect(await other.blobStat(pruned)).toBeUndefined();
      expect(await other.linkRead(rotten)).toEqual(linkOf(rotten, 'r/a'));
      expect(await other.linkRead(pruned)).toBeUndefined();
      if (open === undefined) throw new Error('it was there');
      expect(await contentOf(open)).toEqual(Buffer.from('p')); // its readers finish
      await open.close();
      await putBlob(other, Buffer.from('rotten'));
      expect(await blobContent(store, rotten)).toEqual(Buffer.from('rotten'));
    });

    test('half downloaded expire, except those being written', async () => {
      const [kept, expired] = [digestOf('kept'), digestOf('expired')];
      const writing = await store.blobStage(kept);
      await writing.write(Buffer.from('k'));
      const suspended = await store.blobStage(expired);
      await suspended.write(Buffer.from('e'));
      await suspended.suspend();
      await store.expirePartials(3_600_000);
      expect(await store.partials()).toHaveLength(2);
      await store.expirePartials(-3_600_000);
      expect(await store.partials()).toMatchObject([{ digest: kept, size: 1 }]);
      await writing.write(Buffer.from('ept'));
      await (await writing.commit(linkOf(kept))).close();
      expect((await store.blobStage(expired)).size).toBe(0);
    });
  });
}
