// The documentation is true: every configuration in it can be loaded, and the reference is that of the schema.
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfigFile } from '../src/config/file.ts';
import { reference } from '../src/config/reference.ts';
import { reference as metricsReference } from '../src/metrics/reference.ts';
import { temporaryDirectory } from './front-door.ts';

const root = new URL('../', import.meta.url);
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly place: string;
  readonly text: string;
}

/** A block that begins with ```yaml and no other word is a configuration; other YAML says what it is: ```yaml kubernetes. */
const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split('\n').length}`,
    text: match[1] ?? '',
  }));
});

describe('every configuration can be loaded', () => {
  test('there are some', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  test.each(blocks)('$place', async ({ text }) => {
    await using directory = await temporaryDirectory();
    const existing = join(directory.path, 'file');
    await writeFile(existing, '-----BEGIN CERTIFICATE-----\n');
    // The files that it names are on no machine of ours.
    const here = text.replaceAll(
      /\b(ca|cert|key|password_file|token_file|docker_config): *[^\s,}]+/g,
      `$1: ${existing}`,
    );
    const { mistakes } = parseConfigFile(here, 'block');
    expect(mistakes.map(({ place, message }) => `${place} ${message}`)).toEqual([]);
  });
});

test('the reference of the metrics is that of their definitions', () => {
  expect(readFileSync(new URL('docs/metrics.md', root), 'utf8')).toContain(metricsReference());
});

test('the reference is that of the schema', () => {
  const page = readFileSync(new URL('docs/configuration.md', root), 'utf8');
  // Written by `make generate`.
  expect(page).toContain(reference());
  expect(reference()).not.toMatch(/\| {2}\|$/m);
});

test('every dependency that ships has its reason in CONTRIBUTING.md, and its digest in the lock', () => {
  const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Manifest;
  const { packages } = JSON.parse(read('package-lock.json')) as Lock;
  const shipped = Object.keys({ ...dependencies, ...optionalDependencies });
  const [, table = ''] = read('CONTRIBUTING.md').split('| dependency | for |\n|---|---|\n');
  const [rows = ''] = table.split('\n\n');
  const listed = rows.split('\n').flatMap((row) => (row.split('|')[1] ?? '').split(','));
  expect(listed.map((name) => name.trim()).sort()).toEqual(shipped.toSorted());
  const unpinned = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && !integrity);
  expect(unpinned).toEqual([]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}
