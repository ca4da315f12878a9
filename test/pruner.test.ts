// The pruner: what a cache evicts by itself, and what it never does.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Config, RegistryEntry } from '../src/config/config.ts';
import { BodySender } from '../src/http/body-sender.ts';
import { createMetrics } from '../src/metrics/metrics.ts';
import { samples } from './admin-client.ts';
import { plainEntry, temporaryDirectory } from './front-door.ts';
import { MINUTE, openPruning } from './pruning.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('by itself', () => {
  test('above max_size the least recently pulled go, down to the low mark; what was pulled a moment ago stays', async () => {
    await using place = await openPruning({
      config: { complete: false, maxSize: 1_000_000, minFree: '0%', pruneIntervalMs: 50 },
    });
    const images = Array.from({ length: 9 }, (_, index) =>
      place.mock.addImage('app', `v${index}`, { layers: [100_000] }),
    );
    for (const image of images) {
      await place.pull(image);
      place.pass(MINUTE);
    }
    place.pass(20 * MINUTE);
    const [first, , , ...others] = images;
    if (first === undefined) throw new Error('there are nine');
    // Its time is not written yet, and counts.
    await place.pull(first);
    place.pass(11 * MINUTE);
    const more = [1, 2].map((index) => place.mock.addImage('new', `v${index}`, { layers: [100_000] }));
    for (const image of more) {
      await place.pull(image);
      // Two have gone before the second comes, which finds room.
      await expect.poll(() => place.registry.evictions.images, { timeout: 20_000 }).toBe(2);
    }
    const left = [first, ...others, ...more];
    const names = left.map(({ repository, tag }) => `${repository}:${tag ?? ''}`);
    expect(await place.tags()).toEqual(names);
    expect(place.registry.blobBytes).toBeLessThan(910_000);
    await place.settled();
    const metrics = samples(
      await createMetrics(place.registry, { sent: new BodySender().sent, version: '0' }).text(),
    );
    expect(metrics.get('ociregistry_evicted_images_total')).toBe(2);
    expect(metrics.get('ociregistry_evicted_bytes_total')).toBe(place.registry.evictions.bytes);
    expect(metrics.get('ociregistry_blob_bytes_on_disk_total')).toBe(place.registry.blobBytes);
    expect(place.lines.filter((line) => line.includes('image pruned')).length).toBe(2);

    for (const image of [...left, place.mock.addImage('big', 'v1', { layers: [900_000] })])
      await place.pull(image);
    await expect
      .poll(() => place.lines.some((line) => line.includes('nothing else can be evicted')), {
        timeout: 20_000,
      })
      .toBe(true);
    expect((await place.tags()).length).toBe(left.length + 1);
  });

  test.each<{
    what: string;
    config: Partial<Config>;
    entry: Partial<RegistryEntry>;
    goes: readonly string[];
  }>([
    { what: 'an air-gapped server', config: { airGapped: true }, entry: {}, goes: [] },
    { what: 'an air-gapped registry', config: {}, entry: { airGapped: true }, goes: ['other'] },
  ])('of $what nothing goes', async ({ config, entry, goes }) => {
    await using directory = await temporaryDirectory();
    await using other = await openPruning({ imagePath: directory.path });
    await using place = await openPruning({ imagePath: directory.path });
    for (const each of [place, other]) await each.pull(each.mock.addImage('app', 'v1'));
    const hosts = [place.mock.host, other.mock.host];
    const names = (rows: readonly { registry: string }[]): readonly string[] =>
      rows.map(({ registry }) => (registry === hosts[0] ? 'ours' : 'other')).sort();
    const strict = { maxSize: 0, minFree: '100%', notPulledForMs: MINUTE, pruneIntervalMs: 20 } as const;
    const registries = [plainEntry(hosts[0] ?? '', entry)];
    await using bounded = await openPruning({
      imagePath: directory.path,
      config: { ...strict, registries, ...config },
    });
    bounded.pass(DAY);
    // One that may evict, and began to look later.
    await using control = await openPruning({ config: strict });
    await control.pull(control.mock.addImage('app', 'v1'));
    control.pass(DAY);
    await expect.poll(() => control.registry.evictions.images, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => bounded.registry.evictions.images, { timeout: 20_000 }).toBe(goes.length);
    expect(names(await bounded.rows())).toEqual(['other', 'ours'].filter((name) => !goes.includes(name)));
  });

  test('images go that nobody has pulled for not_pulled_for', async () => {
    await using place = await openPruning({
      config: { minFree: '0%', notPulledForMs: 2 * HOUR, pruneIntervalMs: 20 },
    });
    const [one, two] = ['v1', 'v2'].map((tag) => place.mock.addImage('app', tag));
    if (one === undefined || two === undefined) throw new Error('there are two');
    for (const image of [one, two]) await place.pull(image);
    place.pass(90 * MINUTE);
    await place.pull(two);
    place.pass(HOUR);
    await expect.poll(() => place.tags()).toEqual(['app:v2']);
  });

  test('below min_free the disk is made room on, and caching goes on', async ({ skip }) => {
    await using directory = await temporaryDirectory();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory.path], { stdio: 'ignore' });
    } catch {
      skip('no file system can be mounted here');
    }
    using _mounted = { [Symbol.dispose]: () => execFileSync('umount', ['-l', directory.path]) };
    await using place = await openPruning({
      imagePath: directory.path,
      config: { complete: false, minFree: '25%', pruneIntervalMs: 50 },
    });
    const images = Array.from({ length: 12 }, (_, index) =>
      place.mock.addImage('app', `v${index}`, { layers: [1_500_000] }),
    );
    for (const image of images) {
      // The disk is full in between: pulls go on all the same.
      await place.pull(image);
      place.pass(11 * MINUTE);
    }
    await expect.poll(() => place.registry.evictions.images, { timeout: 20_000 }).toBeGreaterThan(3);
    await expect
      .poll(
        async () => {
          const last = images.at(-1);
          if (last !== undefined) await place.pull(last);
          return (await place.rows()).some(({ tag, complete }) => tag === last?.tag && complete);
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBe(true);
  });
});
