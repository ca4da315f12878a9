import { expect, test } from 'vitest';
import { page } from './paging.ts';

const all = ['1', 'A', 'B', 'a', 'b'];

const rows: readonly (readonly [
  string,
  { n?: number; last?: string },
  readonly string[],
  string | undefined,
])[] = [
  ['everything', {}, all, undefined],
  ['the first two', { n: 2 }, ['1', 'A'], '</p?n=2&last=A>; rel="next"'],
  ['after one', { n: 2, last: 'A' }, ['B', 'a'], '</p?n=2&last=a>; rel="next"'],
  ['the end', { n: 2, last: 'a' }, ['b'], undefined],
  ['exactly the end', { n: 5 }, all, undefined],
  ['after one that is not there', { last: 'AA' }, ['B', 'a', 'b'], undefined],
  ['after the last', { last: 'z' }, [], undefined],
  ['none', { n: 0 }, [], undefined],
  ['far too many', { n: 1e15 }, all, undefined],
];

test.each(rows)('%s', (_, options, entries, link) => {
  expect(page(all, options, '/p')).toEqual({ entries, link });
});

test('the link carries the query along', () => {
  expect(page(all, { n: 1 }, '/p', { ns: 'x.test:5000', other: undefined }).link).toBe(
    '</p?n=1&last=1&ns=x.test%3A5000>; rel="next"',
  );
});
