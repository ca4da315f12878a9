// Pruning a cache that is in use: what goes, what stays, and what its clients see.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import { Random } from '../mock/random.ts';
import { silentLog } from '../src/log/log.ts';
import { digestHex, digestOf } from '../src/oci/digest.ts';
import { usageOf } from '../src/registry/usage.ts';
import { command } from './admin-client.ts';
import { aged, MINUTE, openPruning, quickDirectory } from './pruning.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Images that share, one of them with platforms and a signature. */
async function filled() {
  const place = await openPruning();
  const { mock } = place;
  const base = mock.addBlob('app', { size: 30_000 });
  const one = mock.addImage('app', 'v1', { layers: [base, 2000] });
  const two = mock.addImage('app', 'v2', { layers: [base, 3000] });
  const multi = mock.addImage('team/multi', 'v1', {
    platforms: ['linux/amd64', 'linux/arm64'],
    layers: [base, 700],
  });
  const signature = mock.addArtifact('app', { subject: one.descriptor });
  for (const image of [one, two, multi, signature]) await place.pull(image);
  await place.settled();
  return { place, base, one, two, multi, signature };
}

describe('what is asked for', () => {
  test('goes, and exactly what a dry run said', async () => {
    const { place, base, one, multi, signature } = await filled();
    await using _place = place;
    const patterns = [place.name('app:v1'), place.name('team/*')];
    const before = await usageOf(place.imagePath, silentLog);
    const { dryRun, ...said } = await place.registry.prune({ patterns, dryRun: true });
    expect([dryRun, (await place.tags()).length]).toEqual([true, 3]);
    const { dryRun: reallyDry, ...done } = await place.registry.prune({ patterns });
    expect([reallyDry, done]).toEqual([false, said]);
    expect(done.images.map(({ image }) => image).sort()).toEqual([
      place.name('app:v1'),
      place.name('team/multi:v1'),
    ]);
    const theirs = [...one.blobs, ...multi.blobs, ...signature.blobs];
    const sizes = new Map(theirs.map(({ digest, size }) => [digest, size]));
    sizes.delete(base.digest);
    const own = sizes.values().reduce((bytes, size) => bytes + size, 0);
    expect(done.freed).toBe(own);
    const after = await usageOf(place.imagePath, silentLog);
    expect([after.total.bytes, after.unreferenced.bytes]).toEqual([before.total.bytes - own, 0]);
    expect(done.size).toBe(after.total.bytes);
    expect([await place.tags(), await place.faults()]).toEqual([['app:v2'], []]);
    expect([(await place.files('fat')).length, (await place.files('img')).length]).toEqual([0, 1]);
    expect(await place.files('links')).toEqual(await place.files('blobs'));
    expect(await place.files('pulls')).toEqual([]);
  });

  test('comes again when it is pulled again, whole', async () => {
    const { place, one, two, multi, signature } = await filled();
    await using _place = place;
    await place.registry.prune({ patterns: ['*'] });
    for (const folder of ['fat', 'img', 'blobs', 'links']) expect(await place.files(folder)).toEqual([]);
    expect(place.registry.repositories()).toEqual([]);
    for (const image of [one, two, multi, signature]) await place.pull(image);
    // A client may have its last byte a moment before the blob has its name.
    await place.settled();
    expect((await place.tags()).length).toBe(3);
  });

  test('nothing is asked for: nothing goes that an image needs', async () => {
    const { place } = await filled();
    await using _place = place;
    const report = await place.registry.prune({});
    expect(report).toMatchObject({ images: [], freed: 0, leftovers: { blobs: 0, partials: 0 } });
    expect((await place.tags()).length).toBe(3);
  });

  test('by age, by last pull, by tag, by size, and by all of it together', async () => {
    await using place = await openPruning({ config: { complete: false } });
    const image = (tag: string) => place.mock.addImage('app', tag, { layers: [10_000] });
    const [old, used, moving, young] = [image('old'), image('used'), image('moving'), image('young')];
    for (const each of [old, used, moving]) await place.pull(each);
    place.pass(5 * DAY);
    const ago = (days: number): Date => new Date(Date.now() + (5 - days) * DAY);
    const moved = image('moving');
    for (const each of [used, moved, young]) await place.pull(each);
    const names = async (options: Parameters<typeof place.registry.prune>[0]): Promise<readonly string[]> =>
      (await place.registry.prune({ ...options, dryRun: true })).images
        .map((each) => each.image.slice(place.mock.host.length + 1).replace(moving.digest, 'left'))
        .sort();
    expect(await names({ createdBefore: ago(3) })).toEqual(['app:old', 'app:used', 'app@left']);
    expect(await names({ notPulledSince: ago(3) })).toEqual(['app:old', 'app@left']);
    expect(await names({ untagged: true })).toEqual(['app@left']);
    expect(await names({ notPulledSince: ago(3), patterns: ['*:*'] })).toEqual(['app:old', 'app@left']);
    expect(await names({ createdBefore: ago(3), patterns: ['*:used', '*:young'] })).toEqual(['app:used']);
    const { size } = await place.registry.prune({ dryRun: true });
    expect((await names({ maxSize: size - 20_001 })).length).toBe(2);
    expect(await names({ maxSize: size - 1, untagged: true })).toEqual(['app@left']);
    expect(await names({ maxSize: size })).toEqual([]);
    expect((await names({ maxSize: 0 })).length).toBe(5);
  });
});

describe('what is pinned', () => {
  test('stays, with its children and referrers, wherever its tag moves, until it is released', async () => {
    const { place, one, multi } = await filled();
    await using _place = place;
    const all = { patterns: ['*'] };
    expect(await place.registry.pin([place.name('app:v1'), '*/multi:v1', 'nothing'])).toEqual({
      changed: [place.name('app:v1'), place.name('team/multi:v1')],
      already: [],
      unknown: ['nothing'],
    });
    expect(await place.registry.pin(['*:v1'])).toMatchObject({ changed: [], unknown: [] });
    const report = await place.registry.prune(all);
    expect(report.pinned).toEqual([place.name('app:v1'), place.name('team/multi:v1')]);
    expect(await place.tags()).toEqual(['app:v1', 'team/multi:v1']);
    expect((await place.files('img')).length).toBe(4);
    expect(await place.faults()).toEqual([]);

    const moved = place.mock.addImage('app', 'v1', { layers: [500] });
    await place.pull(moved);
    await place.registry.prune(all);
    expect(await place.tags()).toEqual(['app:v1', 'team/multi:v1']);
    expect((await place.files('img')).includes(digestHex(one.digest))).toBe(false);

    expect(await place.registry.unpin(['*'])).toMatchObject({ already: [], unknown: [] });
    await place.registry.prune(all);
    expect(await place.tags()).toEqual([]);
    expect((await place.get(`/v2/team/multi/manifests/${multi.digest}`)).status).toBe(200);
  });

  test('between the plan and the deed stays too: what another process decides counts', async () => {
    await using place = await openPruning();
    await place.pull(place.mock.addImage('app', 'v1'));
    const pinned = await command('pin', place.name('app:v1'), '--image-path', place.imagePath);
    expect(pinned).toMatchObject({ status: 0, stdout: `${place.name('app:v1')} is pinned\n` });
    expect(await place.registry.prune({ patterns: ['*'] })).toMatchObject({
      images: [],
      pinned: [place.name('app:v1')],
    });
  });
});

describe('what no image needs', () => {
  test('goes when it is old, and not while it may be on its way in', async () => {
    const { place } = await filled();
    await using _place = place;
    const orphan = place.mock.addBlob('app', { size: 4321 });
    await place.get(`/v2/app/blobs/${orphan.digest}`);
    await expect.poll(() => place.files('blobs')).toContain(digestHex(orphan.digest));
    const gone = digestOf('gone');
    const record = { version: 1, digest: gone, anonymous: true, repositories: ['a.test/b'] };
    await writeFile(join(place.imagePath, 'links', digestHex(gone)), JSON.stringify(record));
    const part = join(place.imagePath, 'pulls', `${digestHex(gone)}.dead-1.part`);
    await writeFile(part, Buffer.alloc(77));
    const young = await place.registry.prune({});
    expect(young).toMatchObject({ freed: 0, leftovers: { blobs: 0, partials: 0, bytes: 0 } });
    for (const folder of ['blobs', 'links', 'pulls']) await aged(place.imagePath, folder, 8 * DAY);
    const dry = await place.registry.prune({ dryRun: true });
    expect(dry.leftovers).toEqual({ blobs: 1, partials: 1, bytes: 4321 + 77 });
    expect(await place.registry.prune({})).toEqual({ ...dry, dryRun: false });
    expect((await place.files('blobs')).includes(digestHex(orphan.digest))).toBe(false);
    expect(await place.files('pulls')).toEqual([]);
    // The record went with the partial, or goes with the next prune, now that nothing of it is being fetched.
    await place.registry.prune({});
    expect(await place.files('links')).toEqual(await place.files('blobs'));
    expect([(await place.tags()).length, await place.faults()]).toEqual([3, []]);
  });

  test('is not what a running download will be', async () => {
    await using place = await openPruning();
    const image = place.mock.addImage('app', 'v1', { layers: [300_000] });
    const [layer] = image.layers;
    const gate = place.mock.on({ digest: layer?.digest ?? image.digest }).holdAt(100_000);
    const pulling = place.pull(image);
    await gate.reached;
    const report = await place.registry.prune({ patterns: ['*'] });
    expect(report.images.map((each) => each.image)).toEqual([place.name('app:v1')]);
    gate.release();
    await pulling;
    await place.pull(image);
    await place.settled();
    expect(await place.tags()).toEqual(['app:v1']);
  });

  test('is left alone while somebody brings content in, who is named to those who wait', async () => {
    await using place = await openPruning();
    await place.pull(place.mock.addImage('app', 'v1'));
    const lease = await place.registry.holdPruning('import of a.tar');
    let isDone = false;
    const pruning = place.registry.prune({ patterns: ['*'] }).finally(() => (isDone = true));
    await place.registry.prune({ patterns: ['*'], dryRun: true });
    expect([isDone, await place.tags()]).toEqual([false, ['app:v1']]);
    await lease.release();
    expect((await pruning).images.length).toBe(1);
  });

  test('does not keep a server from stopping', async () => {
    await using place = await openPruning();
    await place.registry.holdPruning('load');
    const pruning = place.registry.prune({ patterns: ['*'] });
    const ended = expect(pruning).rejects.toThrow('the server is stopping');
    await place.close();
    await ended;
  });
});

describe('beside a running server', () => {
  test('the command prunes, and the server fetches again what it took', async () => {
    const { place, one, multi } = await filled();
    await using _place = place;
    const amd64 = childFor(multi, 'linux/amd64');
    const pruned = await command('prune', '*', '--image-path', place.imagePath);
    expect(pruned).toMatchObject({ status: 0, stderr: '' });
    expect(pruned.stdout).toContain('3 images removed');
    expect(await place.tags()).toEqual([]);
    // The server still has the manifests in memory, until its next look at the disk.
    const tagsPulled = async (): Promise<readonly string[]> => {
      for (const image of [one, multi, amd64]) await place.pull(image);
      return place.tags();
    };
    await expect.poll(tagsPulled).toEqual(['app:v1', 'team/multi:v1']);
    await expect.poll(() => place.faults()).toEqual([]);
  });

  test('of two servers only one prunes at a time, and none serves anything wrong', async () => {
    const { place, two } = await filled();
    await using _place = place;
    await using second = await openPruning({ beside: place });
    const reports = await Promise.all([
      place.registry.prune({ patterns: ['*'] }),
      second.registry.prune({ patterns: ['*'] }),
    ]);
    expect(reports.map(({ images }) => images.length).sort()).toEqual([0, 3]);
    for (const each of [place, second]) await each.pull(two);
    await place.settled();
    expect(await place.tags()).toEqual(['app:v2']);
  });
});

test(
  '500 images pruned while 20 clients pull without pause: no client sees an error',
  { timeout: 240_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    console.log(`pruned under load: seed ${seed}`);
    const random = new Random(seed);
    await using directory = await quickDirectory();
    await using place = await openPruning({ imagePath: directory.path, config: { maxFills: 200 } });
    const { mock, registry } = place;
    const bases = Array.from({ length: 10 }, () => mock.addBlob('shared', { size: 2000 }));
    const images = Array.from({ length: 500 }, (_, index) => {
      const base = bases[index % bases.length];
      if (base === undefined) throw new Error('there are ten');
      const platforms = index % 10 === 0 ? { platforms: ['linux/amd64'] } : {};
      return mock.addImage(`team${index % 7}/app`, `v${index}`, { layers: [base, 300], ...platforms });
    });
    for (let start = 0; start < images.length; start += 20)
      await Promise.all(images.slice(start, start + 20).map((image) => place.pull(image)));

    let pulls = 0;
    let pruned = 0;
    let isOver = false;
    const client = async (): Promise<void> => {
      while (!isOver) {
        const image = images[random.below(images.length)];
        if (image !== undefined) await place.pull(image);
        pulls++;
      }
    };
    const clients = Array.from({ length: 20 }, client);
    const failed = Promise.all(clients).then(() => undefined);
    const prune = async (): Promise<void> => {
      // What clients have pulled again in the meantime goes with the second.
      for (const patterns of [['*'], ['*/team3/*', '*/team4/*']]) {
        const report = await registry.prune({ patterns });
        expect(report.failed).toBe(0);
        pruned += report.images.length;
      }
    };
    await Promise.race([prune(), failed]);
    isOver = true;
    await failed;
    expect(pruned).toBeGreaterThanOrEqual(500);
    expect(pulls).toBeGreaterThan(20);
    // What was pulled in part while it was pruned is fetched again by whoever wants it.
    for (const image of images.slice(0, 40)) await place.pull(image);
    await place.registry.prune({ patterns: ['*'] });
    for (const image of images.slice(0, 40)) await place.pull(image);
    await place.settled();
    expect((await place.tags()).length).toBe(40);
  },
);
