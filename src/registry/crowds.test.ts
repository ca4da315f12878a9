// Where many wait for one thing, they go on a few at a time.
import { expect, test } from 'vitest';
import { busy, mostInTurn, piecesInTurns } from '../thread/turn-samples.ts';
import { Coalesced } from './coalesce.ts';
import { FillProgress } from './fill-progress.ts';
import { settledWithin } from './settled-within.ts';

interface Crowd {
  readonly wait: () => Promise<unknown>;
  readonly end?: () => void;
}

/** What each of a crowd waits for, and what ends it. */
const crowds: Record<string, () => Crowd> = {
  'a manifest that one of them fetches': () => {
    const pulls = new Coalesced<number>();
    const { promise, resolve } = Promise.withResolvers<number>();
    return { wait: () => pulls.run('a', () => promise), end: () => resolve(1) };
  },
  'a manifest that nobody can fetch': () => {
    const pulls = new Coalesced<number>();
    const { promise, reject } = Promise.withResolvers<number>();
    return { wait: () => pulls.run('a', () => promise), end: () => reject(new Error('no')) };
  },
  'the first bytes of a blob': () => {
    const progress = new FillProgress(0, 1000);
    return { wait: () => progress.begun(), end: () => progress.announce(10, 5) };
  },
  'more bytes of a blob': () => {
    const progress = new FillProgress(0, 1000);
    progress.announce(10, 5);
    return { wait: () => progress.after(5, progress.round), end: () => progress.advance(7) };
  },
  'a blob that fails': () => {
    const progress = new FillProgress(0, 1000);
    return { wait: () => progress.begun(), end: () => progress.fail(new Error('no')) };
  },
  'an upstream that does not answer': () => ({
    wait: () => settledWithin(new Promise(() => undefined), 10),
  }),
};

test.each(Object.entries(crowds))('%s', async (_, gather) => {
  const { wait, end } = gather();
  let done = 0;
  const pieces = await piecesInTurns(async (note) => {
    const crowd = Array.from({ length: 50 }, async () => {
      await wait().catch(() => undefined);
      busy(1);
      done += 1;
      note();
    });
    end?.();
    await Promise.all(crowd);
  });
  expect(done).toBe(50);
  expect(Math.max(...pieces)).toBeLessThanOrEqual(mostInTurn);
});
