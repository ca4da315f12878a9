import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';
import { matchesIfNoneMatch } from './etag.ts';

const digest = digestOf('x');
const other = digestOf('y');

test.each([
  ['absent', undefined, false],
  ['empty', '', false],
  ['quoted', `"${digest}"`, true],
  ['weak', `W/"${digest}"`, true],
  ['bare', digest, true],
  ['any', '*', true],
  ['another', `"${other}"`, false],
  ['a list', `"${other}", W/"${digest}"`, true],
  ['a bare list', `${other},${digest}`, true],
  ['a list of others', `"${other}", "x"`, false],
  ['a star in quotes', '"*"', false],
  ['longer', `"${digest}0"`, false],
  ['inside another', `"a, ${digest}, b"`, false],
  ['no end quote', `"${digest}`, true],
  ['only quotes', '"""', false],
])('%s', (_, header, want) => {
  expect(matchesIfNoneMatch(header, digest)).toBe(want);
});
