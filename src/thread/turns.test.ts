import { expect, test } from 'vitest';
import { seededRandom } from '../oci/seeded-random.ts';
import { busily, piecesInTurns } from './turn-samples.ts';
import { Turns, sorted, unhurried } from './turns.ts';

test('walks that follow one another share a turn, and others have theirs in between', async () => {
  const seen: number[] = [];
  const pieces = await piecesInTurns(async (note) => {
    const turns = new Turns();
    for (let walk = 0; walk < 20; walk += 1) {
      for await (const at of unhurried(busily(2, 1), turns)) {
        seen.push(at);
        note();
      }
    }
  });
  expect(seen).toEqual(Array.from({ length: 20 }, () => [0, 1]).flat());
  expect(Math.max(...pieces)).toBeLessThanOrEqual(5);
});

test('who work beside each other share it too', async () => {
  const pieces = await piecesInTurns((note) => {
    const turns = new Turns();
    const work = async (): Promise<void> => {
      for await (const _ of unhurried(busily(10, 1), turns)) note();
    };
    return Promise.all([work(), work(), work(), work(), work(), work()]);
  });
  // Each of them begins before the first sees that it is over.
  expect(Math.max(...pieces)).toBeLessThanOrEqual(10);
});

test.each([0, 1, 2, 1999, 2000, 2001, 4000, 9999])('%d are sorted, equals as they came', async (count) => {
  const random = seededRandom(count);
  const items = Array.from({ length: count }, (_, at) => ({ key: random.below(500), at }));
  const byKey = (a: { key: number }, b: { key: number }): number => a.key - b.key;
  expect(await sorted(items, byKey)).toEqual(items.toSorted(byKey));
});
