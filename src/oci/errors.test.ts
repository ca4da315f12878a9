import { expect, test } from 'vitest';
import { errorBody, OciError, type ErrorCode } from './errors.ts';
import { quoted } from './quotation.ts';

test.each<[ErrorCode, number]>([
  ['BLOB_UNKNOWN', 404],
  ['MANIFEST_UNKNOWN', 404],
  ['NAME_UNKNOWN', 404],
  ['NAME_INVALID', 400],
  ['DIGEST_INVALID', 400],
  ['MANIFEST_INVALID', 400],
  ['UNAUTHORIZED', 401],
  ['DENIED', 403],
  ['UNSUPPORTED', 405],
  ['RANGE_INVALID', 416],
  ['TOOMANYREQUESTS', 429],
  ['UNKNOWN', 500],
  ['UNAVAILABLE', 503],
])('%s is %i', (code, status) => {
  expect(new OciError(code, 'why')).toMatchObject({
    name: 'OciError',
    code,
    status,
    message: 'why',
    headers: {},
  });
});

test('options override, and cause is kept', () => {
  const cause = new Error('inner');
  const error = new OciError('UNAVAILABLE', 'late', { status: 504, headers: { 'Retry-After': '5' }, cause });
  expect(error.status).toBe(504);
  expect(error.headers).toEqual({ 'Retry-After': '5' });
  expect(error.cause).toBe(cause);
  expect('cause' in new OciError('UNKNOWN', 'x')).toBe(false);
});

test('the body has detail only where there is one', () => {
  expect(JSON.stringify(errorBody(new OciError('DENIED', 'no')))).toBe(
    '{"errors":[{"code":"DENIED","message":"no"}]}',
  );
  expect(errorBody(new OciError('DENIED', 'no', { detail: null })).errors[0]).toEqual({
    code: 'DENIED',
    message: 'no',
    detail: null,
  });
});

test.each([
  ['plain', 'a/b', '"a/b"'],
  ['quotes', 'a"b', '"a\\"b"'],
  ['a forged log line', 'a\nERROR', '"a\\nERROR"'],
  ['bidirectional text', 'a\u202eb', '"a\\u202eb"'],
  ['DEL and C1', '\x7f\x85', '"\\u007f\\u0085"'],
  ['half a character', '\ud800', '"\\ud800"'],
  ['a whole one', '😀', '"\\ud83d\\ude00"'],
  ['too much', 'x'.repeat(101), `"${'x'.repeat(100)}..."`],
])('quoted: %s', (_, text, want) => {
  expect(quoted(text)).toBe(want);
});
