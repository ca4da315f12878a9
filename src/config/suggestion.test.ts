import { expect, test } from 'vitest';
import { closest } from './suggestion.ts';

const words = ['image_path', 'port', 'host', 'log_level', 'insecure_skip_verify'];

test.each([
  { word: 'imagePath', meant: 'image_path' },
  { word: 'IMAGE-PATH', meant: 'image_path' },
  { word: 'prot', meant: 'port' },
  { word: 'loglevl', meant: 'log_level' },
  { word: 'insecureSkipVerify', meant: 'insecure_skip_verify' },
  { word: 'frobnicate', meant: undefined },
  { word: 'x', meant: undefined },
  { word: '', meant: undefined },
  { word: 'x'.repeat(100_000), meant: undefined },
])('$word means $meant', ({ word, meant }) => {
  expect(closest(word, words)).toBe(meant);
});
