// The tables of docs/reliability.md name tests that exist.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/reliability.md', root), 'utf8');
const rows = [...page.matchAll(/\| `([\w./-]+\.test\.ts)` \| `([^`]+)` \|$/gm)].map(
  ([, file = '', name = '']) => [file, name] as const,
);

test('there are some', () => {
  expect(rows.length).toBeGreaterThan(25);
});

test.each(rows)('%s has: %s', (file, name) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toContain(name);
});
