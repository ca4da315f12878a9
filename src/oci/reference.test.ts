import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { isTag, parseReference, parseTag } from './reference.ts';

test.each([['latest'], ['v1.2.3'], ['V1'], ['_x'], ['1'], ['a--b..c__d'], ['x'.repeat(128)], ['sha256-abc']])(
  'the tag %s keeps its case',
  (text) => {
    expect(parseTag(text)).toBe(text);
    expect(parseReference(text)).toBe(text);
    expect(isTag(text)).toBe(true);
  },
);

test.each([
  ['the conformance suite’s', '.INVALID_MANIFEST_NAME'],
  ['empty', ''],
  ['a leading hyphen', '-x'],
  ['a parent', '..'],
  ['129 characters', 'x'.repeat(129)],
  ['a slash', 'a/b'],
  ['a blank', 'a b'],
  ['an escape', 'a%00'],
  ['a plus', '1.0+build'],
  ['a line break', 'a\n'],
  ['unicode', 'é'],
])('no manifest has a tag with %s', (_, text) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({ code: 'MANIFEST_UNKNOWN', status: 404 }),
  );
});

test('a colon makes it a digest', () => {
  const digest = digestOf('x');
  expect(parseReference(digest)).toBe(digest);
  expect(() => parseReference('sha256:totallywrong')).toThrow(
    expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }),
  );
});
