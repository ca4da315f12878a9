import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

test('so many at once, the others in order', async () => {
  const slots = new Slots({ size: 2, waitMs: 60_000, maxWaiting: 10 });
  const order: string[] = [];
  const first = await slots.take();
  const second = await slots.take();
  const third = slots.take().then((giveBack) => {
    order.push('third');
    return giveBack;
  });
  const fourth = slots.take().then((giveBack) => {
    order.push('fourth');
    return giveBack;
  });
  expect(order).toEqual([]);
  second();
  second(); // twice gives nothing more
  await third;
  expect(order).toEqual(['third']);
  first();
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
});

test('who waits too long, or finds too long a line, is turned away with 503', async () => {
  const slots = new Slots({ size: 1, waitMs: 1, maxWaiting: 1 });
  const giveBack = await slots.take();
  const waiting = slots.take();
  await expect(slots.take()).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
  await expect(waiting).rejects.toMatchObject({ status: 503 });
  giveBack();
  await expect(slots.take()).resolves.toBeTypeOf('function');
});
