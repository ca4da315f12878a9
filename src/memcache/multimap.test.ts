import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Multimap } from './multimap.ts';

const value = fc.constantFrom('a', 'b', 'c');
const key = fc.constantFrom(1, 2);
const step = fc.oneof(
  fc.record({ does: fc.constantFrom('add', 'delete'), key, value }),
  fc.record({ does: fc.constant('deleteKey'), key, value }),
);

test('is what a Map of Sets is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const multimap = new Multimap<number, string>();
      const sets = new Map<number, Set<string>>();
      for (const one of steps) {
        const set = sets.get(one.key) ?? new Set();
        if (one.does === 'add') {
          multimap.add(one.key, one.value);
          sets.set(one.key, set.add(one.value));
        } else if (one.does === 'delete') {
          multimap.delete(one.key, one.value);
          set.delete(one.value);
        } else {
          multimap.deleteKey(one.key);
          set.clear();
        }
        if (set.size === 0) sets.delete(one.key);
      }
      expect(new Set(multimap.keys())).toEqual(new Set(sets.keys()));
      for (const each of [1, 2]) {
        expect(multimap.get(each)).toEqual(sets.get(each) ?? new Set());
        expect(multimap.hasKey(each)).toBe(sets.has(each));
        for (const one of ['a', 'b', 'c'])
          expect(multimap.has(each, one)).toBe(sets.get(each)?.has(one) ?? false);
      }
    }),
  );
});
