import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RunningLoad } from '../transfer/load.ts';
import { loadScreen } from './load-screen.ts';
import { Rate } from './rate.ts';

const numbers = {
  ...{ total: 0, done: 0, fetched: 0, manifests: 0, blobs: 0 },
  ...{ fetchedManifests: 0, fetchedBlobs: 0, referrers: 0 },
};

function running(name: string, changes: Partial<RunningLoad['numbers']> = {}): RunningLoad {
  return { name, numbers: { ...numbers, ...changes } };
}

/** What a terminal of these columns got. */
function written(columns: number, work: (screen: ReturnType<typeof loadScreen>) => void): readonly string[] {
  const texts: string[] = [];
  const screen = loadScreen({ columns, write: (text) => texts.push(text) }, () => 0);
  screen.expected(2);
  work(screen);
  screen.close();
  return texts;
}

describe('the live lines', () => {
  test('say how far an image is, and what of all', () => {
    const [text = ''] = written(80, (screen) =>
      screen.begun(running('docker.io/library/nginx:1', { total: 2_000_000, done: 500_000 })),
    );
    expect(text).toMatch(/docker\.io\/library\/nginx:1 +25% +500\.0 kB of 2\.0 MB/);
    expect(text).toContain('0 of 2 images done, 1 coming');
  });

  test('say how far an archive is read, as far as anybody knows', () => {
    const read = { name: 'shop.tar', total: 4_000_000, done: 1_000_000 };
    const [known = ''] = written(80, (screen) => screen.reading(read));
    expect(known).toMatch(/shop\.tar +25% +1\.0 MB of 4\.0 MB/);
    const [unknown = ''] = written(80, (screen) => screen.reading({ ...read, total: undefined }));
    expect(unknown).toMatch(/shop\.tar +1\.0 MB read/);
  });

  test('are never wider than the terminal', () => {
    const name = `registry.example.test/${'a'.repeat(200)}:v1`;
    const texts = written(60, (screen) => screen.begun(running(name, { total: 10, done: 1 })));
    const lines = stripVTControlCharacters(texts.join('')).split(/[\r\n]+/);
    for (const line of lines) expect(line.length).toBeLessThan(60);
    expect(texts[0]).toContain('…');
  });

  test('are taken away for a line that stays, and at the end', () => {
    const texts = written(80, (screen) => {
      screen.begun(running('a.test/a:1'));
      screen.ended('a.test/a:1');
      screen.say('loaded a.test/a:1');
    });
    expect(texts[1]).toBe(`\r${'\x1b[1A\x1b[2K'.repeat(2)}loaded a.test/a:1\n`);
  });
});

test('a rate is of the last seconds', () => {
  const rate = new Rate();
  expect(rate.note(0, 0)).toBe(0);
  expect(rate.note(1000, 1000)).toBe(1000);
  for (let second = 2; second <= 10; second += 1) rate.note(second * 1000, 1000);
  expect(rate.note(11_000, 1000)).toBe(0);
});
