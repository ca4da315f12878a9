import { expect, test } from 'vitest';
import { readBounded } from './body.ts';
import type { ReplyBody } from './reply-body.ts';

const exchange = { method: 'GET' as const, url: new URL('https://a.test/v2/'), headers: {} };

/** A body of which a piece of so many bytes comes every so many seconds. */
function trickle(pieces: number, bytes: number, seconds: number) {
  let time = 0;
  let given = 0;
  let cancelled = false;
  const body = {
    next() {
      if (given === pieces) return Promise.resolve(undefined);
      given += 1;
      time += seconds * 1000;
      return Promise.resolve(Buffer.alloc(bytes));
    },
    cancel: () => void (cancelled = true),
  } as unknown as ReplyBody;
  const read = () => readBounded({ status: 200, headers: {}, body }, 100_000, exchange, () => time);
  return { read, given: () => given, cancelled: () => cancelled };
}

test.each([
  ['a slow line', 60, 1500, 1],
  ['two long pauses', 2, 100, 29],
])('%s is waited for', async (_, pieces, bytes, seconds) => {
  expect(await trickle(pieces, bytes, seconds).read()).toHaveLength(pieces * bytes);
});

test.each([
  ['a byte in a while', 1000, 1, 20],
  ['less than a kilobyte each second', 1000, 50, 1],
])('%s is given up, with its connection', async (_, pieces, bytes, seconds) => {
  const { read, given, cancelled } = trickle(pieces, bytes, seconds);
  await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('kB/s') as unknown });
  expect([given() < 100, cancelled()]).toEqual([true, true]);
});
