// An upstream that breaks in every way at every byte: readers see a pause, or an end that nobody takes for the whole.
import { expect } from 'vitest';
import type { Rule } from '../../mock/index.ts';
import { scenario } from './scenario.ts';

const MiB = 1024 * 1024;

interface Break {
  readonly name: string;
  readonly at: (rule: Rule, offset: number) => unknown;
}

const breaks: readonly [Break, ...Break[]] = [
  { name: 'resets', at: (rule, offset) => rule.resetAt(offset) },
  { name: 'closes', at: (rule, offset) => rule.truncateAt(offset) },
  { name: 'ends a chunked body', at: (rule, offset) => rule.noContentLength().truncateAt(offset) },
];

/** Runs work for each item, so many at a time. */
async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

for (const { name, at } of breaks) {
  scenario(`an upstream that ${name}, once, at every byte of a small body`, {}, async (site) => {
    const size = 40 + site.random.below(24);
    const offsets = Array.from({ length: size }, (_, offset) => offset);
    await each(offsets, 16, async (offset) => {
      // How long it is stands in the manifest: a body that ends too soon is known to, whatever it says itself.
      const image = site.mock.addImage('small', `at-${offset}`, { layers: [size] });
      const [layer] = image.layers;
      at(site.mock.on({ operation: 'blobGet', digest: layer?.digest ?? '' }).once(), offset);
      expect([offset, await site.pull(image)]).toEqual([offset, []]);
    });
  });
}

scenario('an upstream that breaks at random bytes of a large body, again and again', {}, async (site) => {
  const image = site.image('large', [24 * MiB]);
  const [layer] = image.layers;
  const digest = layer?.digest ?? '';
  const offsets = Array.from({ length: 12 }, () => site.random.below(24 * MiB)).toSorted((a, b) => a - b);
  for (const offset of offsets) {
    site.random.pick(breaks).at(site.mock.on({ operation: 'blobGet', digest }).once(), offset);
  }
  // How long it is stands in the manifest: without it, a chunked body that ends too soon is just wrong.
  expect((await site.get('large/manifests/v1')).told).toBe(200);
  const answers = await Promise.all(Array.from({ length: 5 }, () => site.get(`large/blobs/${digest}`)));
  expect(answers.map(({ told }) => told)).toEqual([200, 200, 200, 200, 200]);
  // Each byte came once: every request but the first asks for the rest.
  const asked = site.mock.log.find({ operation: 'blobGet', digest });
  expect(asked.slice(1).every(({ range }) => range !== undefined)).toBe(true);
});

scenario('wrong bytes, at every byte of a small body and random ones of a large one', {}, async (site) => {
  const small = Array.from({ length: 40 }, (_, offset) => ({ size: 40, offset }));
  const large = [200_000, 3 * MiB].flatMap((size) =>
    Array.from({ length: 16 }, () => ({ size, offset: site.random.below(size) })),
  );
  const cases = [...small, ...large];
  await each(cases, 8, async ({ size, offset }) => {
    const blob = site.mock.addBlob('wrong', { size });
    site.mock.on({ operation: 'blobGet', digest: blob.digest }).once().flipAt(offset);
    const readers = await Promise.all([0, 1].map(() => site.get(`wrong/blobs/${blob.digest}`)));
    // One of them may have come late enough to start over.
    expect(readers.some(({ told }) => told !== 200)).toBe(true);
    await expect.poll(async () => (await site.get(`wrong/blobs/${blob.digest}`)).told).toBe(200);
  });
});

scenario(
  'an upstream that comes and goes under clients: what is cached is served throughout',
  {},
  async (site) => {
    const cached = Array.from({ length: 4 }, (_, at) => site.image(`cached-${at}`));
    for (const image of cached) expect(await site.pull(image)).toEqual([]);
    await site.keep();
    for (let flaps = 0; flaps < 5; flaps += 1) {
      // Back for the server too: it leaves a registry that was down alone for a while.
      const back = site.image(`back-${flaps}`);
      await expect.poll(() => site.pull(back)).toEqual([]);
      const cold = site.image(`cold-${flaps}`, [site.random.below(2 * MiB), 50_000]);
      const under = [...cached.map((image) => site.pull(image)), site.pull(cold)];
      await site.mock.seen({ repository: cold.repository }, 1 + site.random.below(3));
      await site.mock.stop();
      // A tag that is not confirmed goes out with a warning, never as an error.
      for (const image of cached) under.push(site.pull(image));
      const outcomes = await Promise.all(under.toSpliced(cached.length, 1));
      expect(outcomes.flat()).toEqual([]);
      const { told, headers } = await site.get('cached-0/manifests/v1');
      expect([told, headers['warning']]).toEqual([200, expect.stringMatching(/^299 /)]);
      expect((await site.get('nowhere/manifests/v1')).told).toSatisfy((status) =>
        [502, 503, 504].includes(Number(status)),
      );
      await site.mock.start();
    }
  },
);

scenario('one of two upstreams that falls silent: the other is not slowed down', {}, async (site) => {
  const image = site.image('near', [100_000]);
  const held = Array.from({ length: 40 }, () => site.mock.addBlob('far', { size: 500_000 }));
  const silence = site.mock.on({ repository: 'far' }).holdAt(1000);
  const stuck = held.map(({ digest }) => site.get(`far/blobs/${digest}`));
  await silence.arrived(40);
  expect(await site.pull(image)).toEqual([]);
  silence.release();
  expect((await Promise.all(stuck)).map(({ told }) => told)).toEqual(held.map(() => 200));
});
