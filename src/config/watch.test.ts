import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchText } from './watch.ts';
import type { TextWatch } from './watch.ts';

let directory = '';
let file = '';
const watches: TextWatch[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-'));
  file = join(directory, 'config.yaml');
});
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
  rmSync(directory, { recursive: true });
});

/** What was seen; polling is as good as off, unless it is what is tested. */
function seen(path: string, pollMs = 3_600_000): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  watches.push(watchText(path, (text) => texts.push(text), { settleMs: 20, pollMs }));
  return texts;
}

describe('a change is seen', () => {
  test('written in place', async () => {
    writeFileSync(file, 'a');
    const texts = seen(file);
    writeFileSync(file, 'b');
    await expect.poll(() => texts).toEqual(['b']);
  });

  test('replaced by another file, as editors do, again and again', async () => {
    writeFileSync(file, 'a');
    const texts = seen(file);
    for (const text of ['b', 'c', 'd']) {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
      await expect.poll(() => texts.at(-1)).toBe(text);
    }
  });

  test('by the link that Kubernetes swaps beside a mounted file', async () => {
    const swap = (version: string): void => {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'config.yaml'), version);
      symlinkSync(version, join(directory, '..data_tmp'));
      renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    swap('one');
    symlinkSync('..data/config.yaml', file);
    const texts = seen(file);
    swap('two');
    await expect.poll(() => texts).toEqual(['two']);
    rmSync(join(directory, 'one'), { recursive: true });
    swap('three');
    await expect.poll(() => texts).toEqual(['two', 'three']);
  });

  test('taken away and put back', async () => {
    writeFileSync(file, 'a');
    const texts = seen(file);
    renameSync(file, `${file}~`);
    await expect.poll(() => texts).toEqual([undefined]);
    renameSync(`${file}~`, file);
    await expect.poll(() => texts).toEqual([undefined, 'a']);
  });

  test('elsewhere than in the directory, by polling', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'watch-'));
    try {
      writeFileSync(join(elsewhere, 'c'), 'a');
      symlinkSync(join(elsewhere, 'c'), file);
      const texts = seen(file, 20);
      writeFileSync(join(elsewhere, 'c'), 'b');
      await expect.poll(() => texts).toEqual(['b']);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  test('in a directory that comes later, by polling', async () => {
    const later = join(directory, 'later', 'config.yaml');
    const texts = seen(later, 20);
    mkdirSync(join(directory, 'later'));
    writeFileSync(later, 'a');
    await expect.poll(() => texts.at(-1)).toBe('a');
  });
});

test('what changes beside the file is nothing', async () => {
  writeFileSync(file, 'a');
  const texts = seen(file);
  writeFileSync(join(directory, 'other'), 'b');
  writeFileSync(file, 'a');
  writeFileSync(file, 'c');
  await expect.poll(() => texts).toEqual(['c']);
});
