import { describe, expect, test } from 'vitest';
import { parseSize } from './size.ts';

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['50GiB', 50 * 1024 ** 3],
    ['50GB', 50e9],
    ['500M', 500e6],
    ['1.5k', 1500],
    ['', undefined],
    ['-1', undefined],
    ['1e9', undefined],
    ['20MB/s', undefined],
    ['999999999999999P', undefined],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });
});
