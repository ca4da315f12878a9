import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../config/config.ts';
import { formatPlatform } from '../oci/platform.ts';
import { ownPlatform, wantedPlatforms } from './load-options.ts';

describe('which platforms are loaded', () => {
  test.each([
    { flags: {}, want: ['linux/s390x'] },
    { flags: {}, platforms: ['linux/arm64', 'linux/arm/v7'], want: ['linux/arm64', 'linux/arm/v7'] },
    { flags: {}, platforms: ['linux/arm64', 'all'], want: [] },
    { flags: { platform: ['linux/amd64'] }, platforms: ['all'], want: ['linux/amd64'] },
    { flags: { platform: ['all'] }, want: [] },
    { flags: { arch: ['all'] }, want: [] },
    { flags: { arch: ['amd64', 'arm/v7'] }, want: ['linux/amd64', 'linux/arm/v7'] },
    { flags: { os: ['windows'] }, want: ['windows/s390x'] },
    { flags: { arch: ['amd64'], os: ['linux', 'windows'] }, want: ['linux/amd64', 'windows/amd64'] },
    {
      flags: { arch: ['amd64'], platform: ['linux/arm64'] },
      want: ['linux/arm64', 'linux/amd64'],
    },
  ])('$flags, configured $platforms', ({ flags, platforms, want }) => {
    const config = { ...defaultConfig, ...(platforms && { platforms }) };
    const own = ownPlatform('s390x', 'linux');
    expect(wantedPlatforms(flags, config, own).map(formatPlatform)).toEqual(want);
  });
});

test.each([
  ['x64', 'linux', 'linux/amd64'],
  ['arm64', 'darwin', 'linux/arm64'],
  ['ppc64', 'linux', 'linux/ppc64le'],
  ['x64', 'win32', 'windows/amd64'],
])('%s on %s runs %s', (architecture, system, want) => {
  expect(formatPlatform(ownPlatform(architecture, system))).toBe(want);
});
