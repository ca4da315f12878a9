import { expect, test } from 'vitest';
import { contentRange, parseRange, type ByteRange } from './range.ts';

const range = (start: number, end: number): ByteRange => ({ start, end });

test.each<[string | undefined, number, ReturnType<typeof parseRange>]>([
  [undefined, 2048, 'none'],
  ['', 2048, 'none'],
  ['bytes=500-1499', 2048, [range(500, 1499)]],
  ['bytes=500-', 2048, [range(500, 2047)]],
  ['bytes=-500', 2048, [range(1548, 2047)]],
  ['bytes=2000-5000', 2048, [range(2000, 2047)]],
  ['bytes=0-', 2048, [range(0, 2047)]],
  ['bytes=0-0', 2048, [range(0, 0)]],
  ['bytes=2047-2047', 2048, [range(2047, 2047)]],
  ['bytes=-5000', 2048, [range(0, 2047)]],
  ['bytes=0-99999999999999999999999', 2048, [range(0, 2047)]],
  ['Bytes=0-1', 2048, [range(0, 1)]],
  ['bytes= 0-1 ,\t, 5-6', 2048, [range(0, 1), range(5, 6)]],
  ['bytes=0-1,5000-6000', 2048, [range(0, 1)]],
  ['bytes=5-6,0-1', 2048, [range(5, 6), range(0, 1)]],
  ['bytes=5000-10000', 2048, 'unsatisfiable'],
  ['bytes=2048-', 2048, 'unsatisfiable'],
  ['bytes=500-0', 2048, 'unsatisfiable'],
  ['bytes=-0', 2048, 'unsatisfiable'],
  ['bytes=99999999999999999999999-', 2048, 'unsatisfiable'],
  ['bytes=3000-,4000-', 2048, 'unsatisfiable'],
  ['items=0-1', 2048, 'none'],
  ['bytes', 2048, 'none'],
  ['bytes=', 2048, 'none'],
  ['bytes=,', 2048, 'none'],
  ['bytes=-', 2048, 'none'],
  ['bytes=a-b', 2048, 'none'],
  ['bytes=1', 2048, 'none'],
  ['bytes=1-2-3', 2048, 'none'],
  ['bytes=--1', 2048, 'none'],
  ['bytes=+1-2', 2048, 'none'],
  ['bytes=1 - 2', 2048, 'none'],
  ['bytes=0x0-0x1', 2048, 'none'],
  ['bytes=0-1,junk', 2048, 'none'],
  ['bytes=0-0', 1, [range(0, 0)]],
  ['bytes=0-', 0, 'none'],
  ['bytes=-5', 0, 'none'],
  ['bytes=0-0', 0, 'none'],
  ['bytes=-0', 0, 'unsatisfiable'],
  ['bytes=5-', 0, 'unsatisfiable'],
])('%j of %i', (header, size, want) => {
  expect(parseRange(header, size)).toEqual(want);
});

test('many small ranges are served, 65 are not', () => {
  const header = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${i}-${i}`).join(',')}`;
  expect(parseRange(header(64), 2048)).toHaveLength(64);
  expect(parseRange(header(65), 2048)).toBe('none');
});

test('ranges that add up to more than twice the content are not served', () => {
  expect(parseRange('bytes=0-,0-', 100)).toHaveLength(2);
  expect(parseRange('bytes=0-,0-,0-0', 100)).toBe('none');
});

test('is quick about the worst it can be given', () => {
  expect(parseRange(`bytes=${' '.repeat(200_000)}x${' \t'.repeat(100_000)}y`, 10)).toBe('none');
  expect(parseRange(`bytes=${'1'.repeat(200_000)}`, 10)).toBe('none');
});

test('contentRange', () => {
  expect(contentRange(range(2000, 2047), 2048)).toBe('bytes 2000-2047/2048');
});
