import { expect, test } from 'vitest';
import { PiecePool } from './piece-pool.ts';

test('lends so many and no more, and the same ones again', () => {
  const pool = new PiecePool({ size: 10, count: 2 });
  const [first, second] = [pool.lend(), pool.lend()];
  expect([first?.length, second?.length, pool.lend()]).toEqual([10, 10, undefined]);
  expect(first).not.toBe(second);
  if (first !== undefined) pool.giveBack(first);
  expect([pool.lend() === first, pool.lend()]).toEqual([true, undefined]);
});
