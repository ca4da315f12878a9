import { describe, expect, test } from 'vitest';
import { parseShare, parseSize, shareOf } from './size.ts';

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['50GiB', 50 * 1024 ** 3],
    ['50Gi', 50 * 1024 ** 3],
    ['50GB', 50e9],
    ['50 GB', 50e9],
    ['500M', 500e6],
    ['500mb', 500e6],
    ['1.5k', 1500],
    ['2TiB', 2 * 1024 ** 4],
    ['12B', 12],
    ['', undefined],
    ['-1', undefined],
    ['1e9', undefined],
    ['50Gib/s', undefined],
    ['50iB', undefined],
    ['10%', undefined],
    ['999999999999999P', undefined],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});

describe('shares of a file system', () => {
  test.each([
    ['10%', '10%', 100],
    ['0%', '0%', 0],
    ['2.50 %', '2.5%', 25],
    ['100%', '100%', 1000],
    ['5k', 5000, 5000],
    ['101%', undefined, undefined],
    ['%', undefined, undefined],
  ])('%s', (text, share, bytes) => {
    const parsed = parseShare(text);
    expect(parsed).toBe(share);
    expect(parsed === undefined ? undefined : shareOf(parsed, 1000)).toBe(bytes);
  });
});
