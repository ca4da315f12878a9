import { describe, expect, test } from 'vitest';
import { digestAlgorithm, digestFromHex, digestHex, digestOf, isDigest, parseDigest } from './digest.ts';

const empty256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const empty512 =
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e';

describe('parseDigest', () => {
  test.each([
    ['sha256', `sha256:${empty256}`],
    ['sha512', `sha512:${empty512}`],
  ])('takes %s', (_, text) => {
    expect(parseDigest(text)).toBe(text);
  });

  test.each([
    ['nothing', ''],
    ['no hexadecimal digits', 'sha256:totallywrong'],
    ['no algorithm', empty256],
    ['an empty algorithm', `:${empty256}`],
    ['one digit short', `sha256:${empty256.slice(1)}`],
    ['one digit long', `sha256:${empty256}0`],
    ['upper case digits', `sha256:${empty256.toUpperCase()}`],
    ['upper case algorithm', `SHA256:${empty256}`],
    ['another algorithm', `md5:${empty256.slice(32)}`],
    ['an algorithm we cannot verify', `blake3:${empty256}`],
    ['digits of the other algorithm', `sha512:${empty256}`],
    ['a line break behind', `sha256:${empty256}\n`],
    ['a blank in front', ` sha256:${empty256}`],
    ['a path', `sha256:../../../etc/passwd`],
    ['an escape', `sha256%3A${empty256}`],
    ['a NUL', `sha256:${empty256.slice(1)}\0`],
  ])('refuses %s', (_, text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID', status: 400 }));
  });

  test('quotes no more than a little of a long one, in ASCII', () => {
    expect(() => parseDigest('sha256:' + '\u202e'.repeat(10_000))).toThrow(/^[\x20-\x7e]{1,1000}$/);
  });
});

describe('digestOf', () => {
  test('hashes bytes and text alike', () => {
    expect(digestOf('')).toBe(`sha256:${empty256}`);
    expect(digestOf(new Uint8Array(), 'sha512')).toBe(`sha512:${empty512}`);
    expect(digestOf('ä')).toBe(digestOf(new TextEncoder().encode('ä')));
  });

  test('splits into algorithm and digits, and back', () => {
    for (const digest of [digestOf('a'), digestOf('a', 'sha512')]) {
      expect(`${digestAlgorithm(digest)}:${digestHex(digest)}`).toBe(digest);
      expect(digestFromHex(digestHex(digest))).toBe(digest);
    }
  });

  test.each([[''], ['abc'], [empty256.toUpperCase()], [`${empty256}.tmp`], ['..'], [`${empty256}\n`]])(
    'digestFromHex refuses %j',
    (hex) => {
      expect(digestFromHex(hex)).toBeUndefined();
    },
  );
});
