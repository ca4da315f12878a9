import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  { text: '0s', ms: 0 },
  { text: '500ms', ms: 500 },
  { text: '60s', ms: 60_000 },
  { text: '1.5h', ms: 5_400_000 },
  { text: '1h30m', ms: 5_400_000 },
  { text: '7d', ms: 604_800_000 },
  { text: '24d', ms: 2_073_600_000 },
  { text: '25d', ms: undefined },
  { text: '10', ms: undefined },
  { text: '', ms: undefined },
  { text: '-1s', ms: undefined },
  { text: '1 s', ms: undefined },
  { text: '1y', ms: undefined },
  { text: '1e9s', ms: undefined },
])('$text is $ms ms', ({ text, ms }) => {
  expect(parseDuration(text)).toBe(ms);
});
