import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mostOpenFiles } from './open-files.ts';

test.each([
  ['1024', 1024],
  ['unlimited', Infinity],
])('%s', async (limit, most) => {
  const directory = await mkdtemp(join(tmpdir(), 'limits-'));
  try {
    const path = join(directory, 'limits');
    await writeFile(path, `Limit  Soft Limit  Hard Limit  Units\nMax open files  ${limit}  1048576  files\n`);
    expect(mostOpenFiles(path)).toBe(most);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('untold', () => {
  expect(mostOpenFiles('/nowhere')).toBe(Infinity);
});
