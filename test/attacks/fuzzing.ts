// Property-based fuzzing: fresh seeds in each run, one of them again by FUZZ_SEED, a long run by FUZZ_TIMES.
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { test } from 'vitest';
import { seededRandom } from '../../src/oci/seeded-random.ts';

const { FUZZ_SEED: givenSeed, FUZZ_TIMES: givenTimes } = process.env;
const times = givenTimes === undefined ? 1 : Number(givenTimes);

export interface FuzzOptions {
  /** So many cases, times FUZZ_TIMES. */
  readonly cases?: number;
}

/** A test whose name has its seed: that something holds of whatever comes. A failure tells the least case that it found. */
export function fuzz<T>(
  name: string,
  arbitrary: Arbitrary<T>,
  holds: (value: T) => unknown,
  { cases = 500 }: FuzzOptions = {},
): void {
  const seed = givenSeed === undefined ? seededRandom().seed | 0 : Number(givenSeed);
  test(`${name} (seed ${seed})`, { timeout: 60_000 * times }, async () => {
    const property = fc.asyncProperty(arbitrary, async (value) => {
      await holds(value);
    });
    await fc.assert(property, { seed, numRuns: cases * times });
  });
}

/** Any text: any bytes as characters, what means something to somebody, and much too much of it. */
function anyText(pieces: readonly string[]): Arbitrary<string> {
  const piece = fc.constantFrom(...pieces, ...meaningful);
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    // Grows what goes up by the square or worse, until the test is out of time.
    fc
      .tuple(piece, fc.constantFrom(...pieces), fc.integer({ min: 1, max: 20_000 }), piece)
      .map(([before, repeated, count, after]) => before + repeated.repeat(count) + after),
  );
}

const meaningful = [
  ...[
    '/',
    '//',
    '..',
    '../',
    './',
    '\\',
    '%2f',
    '%2e%2e',
    '%00',
    '\0',
    '\r\n',
    '\n',
    '\t',
    ' ',
    ':',
    '::',
    '@',
  ],
  ...[
    '?',
    '#',
    '&',
    '=',
    ';',
    ',',
    '"',
    "'",
    '<',
    '>',
    '[',
    ']',
    '{',
    '}',
    '*',
    '-',
    '_',
    '.',
    '0',
    '-1',
    '+',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'é',
    '\u202e',
    '\ud800',
    '／',
    '．',
    'ＡＢ',
    '\ufeff',
    '😀',
    'İ',
    'ſ',
  ],
  ...['9007199254740993', '1e400', '0x10', '127.0.0.1', 'localhost', '[::1]'],
];

/** Texts that are right, texts that were, and any. */
export function textLike(...samples: readonly [string, ...string[]]): Arbitrary<string> {
  const pieces = [...new Set(samples.flatMap((sample) => sample.split(/(?<=[^a-z0-9])|(?=[^a-z0-9])/i)))];
  const filled = pieces.filter((piece) => piece !== '');
  return fc.oneof(fc.constantFrom(...samples), edited(fc.constantFrom(...samples)), anyText(filled));
}

/** With some of it taken out, and something else put in. */
export function edited(texts: Arbitrary<string>): Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(1000),
    less: fc.nat(5),
    more: fc.oneof(
      fc.constant(''),
      fc.constantFrom(...meaningful),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
  });
  return fc.tuple(texts, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((before, { at, less, more }) => {
      const place = at % (before.length + 1);
      return before.slice(0, place) + more + before.slice(place + less);
    }, text),
  );
}

/** The same of bytes: some are others, and some are missing. */
export function damaged(whole: Uint8Array): Arbitrary<Buffer> {
  const damage = fc.record({
    at: fc.nat(whole.length - 1),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  });
  const end = fc.oneof(fc.constant(whole.length), fc.nat(whole.length));
  return fc.tuple(fc.array(damage, { maxLength: 6 }), end).map(([damages, length]) => {
    const bytes = Buffer.from(whole);
    for (const { at, bytes: others } of damages) bytes.set(others.subarray(0, whole.length - at), at);
    return bytes.subarray(0, length);
  });
}
