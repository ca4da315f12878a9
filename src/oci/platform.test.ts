import { describe, expect, test } from 'vitest';
import {
  formatPlatform,
  matchesPlatform,
  normalizePlatform,
  parsePlatform,
  selectPlatforms,
  type Platform,
} from './platform.ts';

describe('parsePlatform', () => {
  test.each([['linux/amd64'], ['linux/arm64/v8'], ['windows/amd64'], ['linux/arm/v7']])(
    '%s and back',
    (text) => {
      expect(formatPlatform(parsePlatform(text))).toBe(text);
    },
  );

  test('has no variant where none was written', () => {
    expect(parsePlatform(' Linux/AMD64 ')).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(Object.keys(parsePlatform('linux/amd64'))).not.toContain('variant');
  });

  test.each([[''], ['linux'], ['linux/'], ['/amd64'], ['linux/arm/v7/x'], ['linux/a md'], ['a//b']])(
    'refuses %j',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
    },
  );
});

test.each([
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64/v3', 'linux/amd64/v3'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/i386', 'linux/386'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['macos/arm64', 'darwin/arm64'],
  ['linux/s390x', 'linux/s390x'],
])('%s is normally %s', (text, want) => {
  expect(formatPlatform(normalizePlatform(parsePlatform(text)))).toBe(want);
});

test('normalising keeps what it does not know', () => {
  const platform = {
    os: 'Windows',
    architecture: 'AMD64',
    'os.version': '10.0.1',
    'os.features': ['win32k'],
  };
  expect(normalizePlatform(platform)).toEqual({ ...platform, os: 'windows', architecture: 'amd64' });
});

const windows: Platform = {
  os: 'windows',
  architecture: 'amd64',
  'os.version': '10.0.2',
  'os.features': ['win32k'],
};
test.each<[string, Platform, Platform, boolean]>([
  ['other spelling', parsePlatform('linux/aarch64'), parsePlatform('linux/arm64/v8'), true],
  ['other os', parsePlatform('linux/amd64'), windows, false],
  ['other variant', parsePlatform('linux/arm/v7'), parsePlatform('linux/arm/v6'), false],
  ['version not asked for', parsePlatform('windows/amd64'), windows, true],
  ['version asked for', { ...parsePlatform('windows/amd64'), 'os.version': '10.0.1' }, windows, false],
  [
    'version asked for and there',
    { ...parsePlatform('windows/amd64'), 'os.version': '10.0.2' },
    windows,
    true,
  ],
  ['version asked for, not known', windows, parsePlatform('windows/amd64'), false],
  ['feature there', { ...parsePlatform('windows/amd64'), 'os.features': ['win32k'] }, windows, true],
  ['feature missing', { ...parsePlatform('windows/amd64'), 'os.features': ['other'] }, windows, false],
])('matchesPlatform, %s', (_, wanted, have, want) => {
  expect(matchesPlatform(wanted, have)).toBe(want);
});

describe('selectPlatforms', () => {
  const index = (...texts: readonly string[]): readonly { text: string; platform?: Platform }[] =>
    texts.map((text) => (text === 'none' ? { text } : { text, platform: parsePlatform(text) }));

  test.each([
    ['the one', ['linux/arm64', 'linux/amd64'], ['linux/amd64'], ['linux/amd64']],
    ['nothing', ['linux/s390x'], ['linux/amd64'], []],
    [
      'in the order of the index',
      ['linux/arm64', 'linux/amd64'],
      ['linux/amd64', 'linux/arm64'],
      ['linux/arm64', 'linux/amd64'],
    ],
    ['all when nothing is wanted', ['linux/arm64', 'none'], [], ['linux/arm64', 'none']],
    ['no attestations', ['linux/amd64', 'unknown/unknown'], ['linux/amd64'], ['linux/amd64']],
    ['what has no platform', ['none', 'linux/arm64'], ['linux/amd64'], ['none']],
    ['the exact variant', ['linux/arm/v6', 'linux/arm/v7'], ['linux/arm'], ['linux/arm/v7']],
    ['the next lesser variant', ['linux/arm/v5', 'linux/arm/v6'], ['linux/arm/v7'], ['linux/arm/v6']],
    ['no greater variant', ['linux/arm/v7'], ['linux/arm/v6'], []],
    ['plain amd64 for v3', ['linux/amd64', 'linux/amd64/v4'], ['linux/amd64/v3'], ['linux/amd64']],
    ['plain arm64 for v9', ['linux/arm64/v8', 'linux/arm/v7'], ['linux/arm64/v9'], ['linux/arm64/v8']],
    ['arm for arm64, at need', ['linux/arm/v7', 'linux/arm/v6'], ['linux/arm64'], ['linux/arm/v7']],
    [
      'every one of two alike',
      ['windows/amd64', 'windows/amd64'],
      ['windows/amd64'],
      ['windows/amd64', 'windows/amd64'],
    ],
  ])('chooses %s', (_, have, wanted, want) => {
    expect(selectPlatforms(index(...have), wanted.map(parsePlatform)).map(({ text }) => text)).toEqual(want);
  });
});
