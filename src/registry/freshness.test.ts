import { describe, expect, test } from 'vitest';
import { defaultRegistryEntry } from '../config/config.ts';
import type { RegistryEntry } from '../config/config.ts';
import { parseTag } from '../oci/reference.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { isFresh } from './freshness.ts';

const now = new Date('2026-11-21T12:00:00Z');
const entry = (changes: Partial<RegistryEntry>): RegistryEntry => ({
  ...defaultRegistryEntry(parseRegistryHost('registry.test')),
  ...changes,
});
/** A tag that was confirmed so many milliseconds ago. */
const age = (ms: number) => ({ bound: '2026-01-01T00:00:00Z', revalidated: now.getTime() - ms });

describe('isFresh', () => {
  const rows: readonly (readonly [
    string,
    Partial<RegistryEntry>,
    string,
    ReturnType<typeof age> | undefined,
    boolean,
  ])[] = [
    ['always: never fresh', { revalidate: 'always' }, 'v1', age(0), false],
    ['never: always fresh', { revalidate: 'never' }, 'v1', age(1e9), true],
    ['young enough', { revalidate: 1000 }, 'v1', age(999), true],
    ['too old', { revalidate: 1000 }, 'v1', age(1000), false],
    ['never confirmed', { revalidate: 1000 }, 'v1', undefined, false],
    ['confirmed in the future, by a clock that was set back', { revalidate: 1000 }, 'v1', age(-5000), false],
    ['a rule that fits', { tags: [{ pattern: 'v*', revalidate: 'never' }] }, 'v1', age(0), true],
    ['a rule that does not', { tags: [{ pattern: 'v*', revalidate: 'never' }] }, 'w1', age(0), false],
    [
      'the first rule that fits',
      {
        tags: [
          { pattern: '*-rc*', revalidate: 'always' },
          { pattern: '*', revalidate: 'never' },
        ],
      },
      'v1-rc1',
      age(0),
      false,
    ],
    ['a full version', { immutableVersions: true }, 'v1.2.3', undefined, true],
    ['a full version with a suffix', { immutableVersions: true }, '1.2.3-alpine3.22', undefined, true],
    ['a part of a version is a line of releases', { immutableVersions: true }, '1.29', undefined, false],
    ['latest is none', { immutableVersions: true }, 'latest', undefined, false],
    ['full versions only where declared', {}, 'v1.2.3', age(0), false],
  ];
  test.each(rows)('%s', (_, changes, tag, state, want) => {
    expect(isFresh(entry(changes), parseTag(tag), state, { alwaysPullLatest: false, now })).toBe(want);
  });

  test('always_pull_latest is for `latest` alone, whatever the rules', () => {
    const never = entry({ revalidate: 'never' });
    const options = { alwaysPullLatest: true, now };
    expect(isFresh(never, parseTag('latest'), age(0), options)).toBe(false);
    expect(isFresh(never, parseTag('v1'), age(0), options)).toBe(true);
  });
});
