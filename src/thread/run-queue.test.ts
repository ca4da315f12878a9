import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RunQueue } from './run-queue.ts';
import { busy, mostInTurn, piecesInTurns } from './turn-samples.ts';

test('a crowd goes on as it came, a few in each turn of the event loop', async () => {
  const queue = new RunQueue();
  const seen: number[] = [];
  const pieces = await piecesInTurns((note) =>
    Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        await queue.turn();
        // What is done in promises counts as well.
        await Promise.resolve();
        busy(1);
        seen.push(at);
        note();
      }),
    ),
  );
  expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at));
  expect(Math.max(...pieces)).toBeLessThanOrEqual(mostInTurn);
});

test('who is alone goes on before the event loop sees anything else, as often as he likes', async () => {
  const queue = new RunQueue();
  let others = false;
  const other = setImmediate().then(() => (others = true));
  for (let times = 0; times < 3; times += 1) await queue.turn();
  expect(others).toBe(false);
  await other;
});

test('who goes on again and again lets others go before him', async () => {
  const queue = new RunQueue();
  const seen: string[] = [];
  const go = async (name: string): Promise<void> => {
    for (let times = 0; times < 10; times += 1) {
      await queue.turn();
      seen.push(name);
      busy(1);
    }
  };
  await Promise.all([go('a'), go('b')]);
  expect(seen.join('')).toBe('ab'.repeat(10));
});

test('who the event loop calls goes on at once while there is time, and never before those who wait', async () => {
  const queue = new RunQueue();
  let begun = 0;
  for (; queue.isFree; begun += 1) busy(1);
  expect(begun).toBeLessThanOrEqual(mostInTurn);
  let waited = false;
  const waiting = queue.turn().then(() => (waited = true));
  await Promise.resolve();
  expect([queue.isFree, waited]).toEqual([false, false]);
  await waiting;
  expect(queue.isFree).toBe(true);
});

test.each([
  ['has come', () => Promise.resolve(1)],
  ['has failed', () => Promise.reject(new Error('no'))],
])('who waits for what others wait for is told in his turn that it %s', async (_, begin) => {
  const queue = new RunQueue();
  const shared: Promise<unknown> = begin();
  const told: unknown[] = [];
  const pieces = await piecesInTurns((note) =>
    Promise.all(
      Array.from({ length: 20 }, async () => {
        told.push(await queue.after(shared).catch((error: unknown) => error));
        busy(1);
        note();
      }),
    ),
  );
  expect(told).toEqual(Array(20).fill(await shared.catch((error: unknown) => error)));
  expect(Math.max(...pieces)).toBeLessThanOrEqual(mostInTurn);
});
