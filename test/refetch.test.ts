// `verify --refetch`: what was lost or damaged comes back from its registry, and the verdict is that of what is there then.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import { digestHex } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { openLoading } from './loading.ts';
import type { Ended, Loading } from './loading.ts';

interface Loaded {
  readonly loading: Loading;
  readonly index: MadeManifest;
  readonly image: MadeManifest;
}

async function loaded(): Promise<Loaded> {
  const loading = await openLoading();
  const index = loading.mock.addImage('app', 'v1', { platforms: ['linux/amd64'], layers: [5000, 6000] });
  const { status, stderr } = await loading.load(loading.name('app:v1'), ['--platform', 'linux/amd64']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { loading, index, image: childFor(index, 'linux/amd64') };
}

async function verify(loading: Loading, ...args: readonly string[]): Promise<Ended> {
  const running = await loading.start(['verify', ...args]);
  return running.ended;
}

const path = ({ imagePath }: Loading, folder: string, digest: Digest): string =>
  join(imagePath, folder, digestHex(digest));

const aLayer = ({ loading, image }: Loaded): string =>
  path(loading, 'blobs', image.layers[0]?.digest ?? image.digest);

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7);
  await writeFile(file, bytes);
}

const cases: readonly {
  readonly name: string;
  readonly harm: (loaded: Loaded) => Promise<void>;
  readonly fetched: readonly string[];
}[] = [
  { name: 'a layer that was deleted', harm: (to) => rm(aLayer(to)), fetched: ['linux/amd64: layer'] },
  { name: 'a layer that is damaged', harm: (to) => flipByte(aLayer(to)), fetched: ['linux/amd64: layer'] },
  {
    name: 'the image manifest and all its blobs',
    async harm({ loading, image }) {
      await writeFile(path(loading, 'img', image.digest), 'damaged');
      for (const { digest } of image.blobs) await rm(path(loading, 'blobs', digest));
    },
    fetched: ['linux/amd64: manifest', 'linux/amd64: config', 'linux/amd64: layer', 'linux/amd64: layer'],
  },
  {
    name: 'everything',
    async harm({ loading }) {
      for (const folder of ['fat', 'img', 'blobs'])
        for (const name of await readdir(join(loading.imagePath, folder)))
          await rm(join(loading.imagePath, folder, name));
    },
    fetched: [
      'tag',
      'linux/amd64: manifest',
      'linux/amd64: config',
      'linux/amd64: layer',
      'linux/amd64: layer',
    ],
  },
];

describe.each(['on the files', 'through the server'])('fetches again %s', (way) => {
  test.each(cases)('$name', async ({ harm, fetched }) => {
    const to = await loaded();
    await using loading = to.loading;
    await using _door = way === 'on the files' ? undefined : await loading.beside();
    await harm(to);
    const args = [loading.name('app:v1'), '--deep', '--platform', 'linux/amd64'];
    const { status, stdout, stderr } = await verify(loading, ...args, '--refetch');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.split('\n').filter((line) => line.startsWith('fetched again: '));
    const parts = lines.map((line) => line.replace(/^fetched again: \S+ | sha256:\S+$/g, ''));
    // A server still knows in memory which blobs a lost manifest names, and finds them first.
    expect(parts.sort()).toEqual([...fetched].sort());
    expect(stdout).toContain('1 of 1 image complete');
    await loading.mock.stop();
    expect((await verify(loading, ...args)).status).toBe(0);
  });

  test('a blob that no image names, for whoever had it', async () => {
    const to = await loaded();
    await using loading = to.loading;
    await using _door = way === 'on the files' ? undefined : await loading.beside();
    await flipByte(aLayer(to));
    // The repository has it by its link record alone.
    await rm(path(loading, 'img', to.image.digest));
    await rm(path(loading, 'fat', to.index.digest));
    const { status, stdout } = await verify(loading, '--all', '--deep', '--refetch', '--json');
    const { refetched } = JSON.parse(stdout) as { refetched: readonly object[] };
    expect([status, refetched]).toEqual([0, [{ part: 'blob', digest: to.image.layers[0]?.digest }]]);
    expect((await verify(loading, '--all', '--deep')).status).toBe(0);
  });
});

test('what does not come is told, with the reason', async () => {
  const to = await loaded();
  await using loading = to.loading;
  await rm(aLayer(to));
  await loading.mock.stop();
  const args = [loading.name('app:v1'), '--refetch'];
  const dark = await verify(loading, ...args);
  expect(dark.status).toBe(1);
  expect(dark.stdout).toMatch(/not fetched: \S+app:v1: linux\/amd64: layer sha256:\w+: .*no connection/);
  const gapped = await loading.start(['verify', ...args], { air_gapped: true });
  expect((await gapped.ended).stdout).toMatch(/not fetched: .*air-gapped/);
});

test('what is complete is left alone', async () => {
  const { loading } = await loaded();
  await using _loading = loading;
  loading.mock.reset();
  const { status, stdout } = await verify(loading, '--all', '--deep', '--refetch');
  expect([status, loading.mock.requests, stdout.includes('fetched')]).toEqual([0, [], false]);
});
