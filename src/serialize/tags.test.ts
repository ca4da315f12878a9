// Tags stay with their latest manifest, through crashes and clocks that jump.
import { describe, expect, test } from 'vitest';
import type { Tag } from '../oci/reference.ts';
import type { Holder } from './holder.ts';
import { holderOf, referenceOf } from './store-samples.ts';
import { boundAfter, resolveTags } from './tags.ts';

const tagged = (manifest: string, repository: string, ...tags: [string, string][]): Holder =>
  holderOf(manifest, {
    references: [referenceOf(repository, Object.fromEntries(tags.map(([tag, bound]) => [tag, { bound }])))],
  });

describe('boundAfter', () => {
  const now = '2026-05-05T05:05:05.500Z';
  test.each([
    { what: 'nothing replaced', previous: undefined, want: now },
    { what: 'an older binding', previous: '2026-05-05T05:05:05.499Z', want: now },
    { what: 'the same millisecond', previous: now, want: '2026-05-05T05:05:05.501Z' },
    {
      what: 'a clock that jumped back',
      previous: '2031-01-01T00:00:00.999Z',
      want: '2031-01-01T00:00:01.000Z',
    },
    { what: 'a time nobody can read', previous: 'then', want: now },
  ])('after $what', ({ previous, want }) => {
    expect(boundAfter(previous, new Date(now))).toBe(want);
  });
});

describe('resolveTags', () => {
  const key = 'registry.example.test/team/app';

  test('gives every tag of every repository', () => {
    const holders = [
      tagged('{"n":1}', 'team/app', ['v1', '2026-01-01T00:00:00Z'], ['latest', '2026-01-01T00:00:00Z']),
      tagged('{"n":2}', 'team/other', ['v1', '2026-01-01T00:00:00Z'], ['__proto__', '2026-01-01T00:00:00Z']),
      holderOf('{"n":3}', { references: [referenceOf('no/tags')] }),
    ];
    const resolved = resolveTags(holders);
    expect(resolved.get(key)).toEqual(
      new Map([
        ['v1', holders[0]?.digest],
        ['latest', holders[0]?.digest],
      ]),
    );
    expect(resolved.get('registry.example.test/team/other')?.get('__proto__' as Tag)).toBe(
      holders[1]?.digest,
    );
    expect(resolved.get('registry.example.test/no/tags')?.size).toBe(0);
  });

  test('lets the later binding win when a crash left two, in whatever order they are read', () => {
    const older = tagged('{"n":1}', 'team/app', ['v1', '2026-01-01T00:00:00.001Z']);
    const newer = tagged('{"n":2}', 'team/app', ['v1', '2026-01-01T00:00:00.002Z']);
    for (const holders of [
      [older, newer],
      [newer, older],
    ]) {
      expect(
        resolveTags(holders)
          .get(key)
          ?.get('v1' as Tag),
      ).toBe(newer.digest);
    }
  });

  test('compares times, not texts', () => {
    const older = tagged('{"n":1}', 'team/app', ['v1', '2026-01-01T00:00:00Z']);
    const newer = tagged('{"n":2}', 'team/app', ['v1', '2026-01-01T00:00:00.100Z']);
    expect(
      resolveTags([newer, older])
        .get(key)
        ?.get('v1' as Tag),
    ).toBe(newer.digest);
  });

  test('follows a tag through moves while the clock jumps about', () => {
    const clock = ['2026-06-01', '2020-01-01', '2026-06-01', '1970-01-01'].map((day) => new Date(day));
    const holders: Holder[] = [];
    let previous: string | undefined;
    for (const [index, now] of clock.entries()) {
      previous = boundAfter(previous, now);
      const holder = tagged(`{"n":${index}}`, 'team/app', ['v1', previous]);
      holders.push(holder);
      expect(
        resolveTags(holders)
          .get(key)
          ?.get('v1' as Tag),
      ).toBe(holder.digest);
      expect(
        resolveTags(holders.toReversed())
          .get(key)
          ?.get('v1' as Tag),
      ).toBe(holder.digest);
    }
  });

  test('decides equal times the same way in every order', () => {
    const [one, two] = ['{"n":1}', '{"n":2}'].map((text) =>
      tagged(text, 'team/app', ['v1', '2026-01-01T00:00:00Z']),
    );
    if (one === undefined || two === undefined) throw new Error('there are two');
    expect(resolveTags([one, two])).toEqual(resolveTags([two, one]));
  });
});
