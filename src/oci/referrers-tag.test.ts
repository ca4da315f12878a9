import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import type { Tag } from './reference.ts';
import { isReferrersTag, referrersTag } from './referrers-tag.ts';

test.each(['sha256', 'sha512'] as const)('of a %s digest, cut to what a tag can hold', (algorithm) => {
  const digest = digestOf('subject', algorithm);
  const tag = referrersTag(digest);
  expect(tag).toBe(`${algorithm}-${digest.slice(7, 7 + 64)}`);
  expect(isReferrersTag(tag)).toBe(true);
});

test.each(['v1', `sha256-${'a'.repeat(64)}.sig`, `sha256-${'a'.repeat(63)}`, `sha256-${'A'.repeat(64)}`])(
  'not %s',
  (tag) => {
    expect(isReferrersTag(tag as Tag)).toBe(false);
  },
);
