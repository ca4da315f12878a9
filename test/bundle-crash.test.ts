// kill -9 at any moment of an export or an import: what is there is whole, and the next attempt completes it.
// KILLS says how many times.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import { seededRandom } from '../src/oci/seeded-random.ts';
import { openSide, tableOf } from './bundling.ts';
import type { Side } from './bundling.ts';
import { temporaryDirectory } from './front-door.ts';
import { Running } from './loading.ts';

const kills = Number(process.env['KILLS'] ?? 3);
const random = seededRandom();

async function files(side: Side, ...folders: readonly string[]): Promise<number> {
  const names = folders.map((folder) => readdir(join(side.imagePath, folder)).catch(() => []));
  return (await Promise.all(names)).flat().length;
}

/** @returns whether it was killed, and had not ended before */
async function killed(running: Running, when: () => Promise<boolean>): Promise<boolean> {
  while (running.child.exitCode === null && !(await when())) await sleep(2);
  running.child.kill('SIGKILL');
  const { status, stderr } = await running.ended;
  if (status !== null) expect([status, stderr]).toEqual([0, '']);
  return status === null;
}

test(
  `an import that is killed (${random.seed}, ${kills} times)`,
  { timeout: 60_000 + kills * 30_000 },
  async () => {
    const mock = await startMock();
    onTestFinished(() => mock.stop());
    const connected = await openSide(mock);
    const names = Array.from({ length: 5 }, (_, at) => `team/app-${at}:v1`);
    for (const [at] of names.entries()) {
      const image = mock.addImage(`team/app-${at}`, 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
      mock.addArtifact(`team/app-${at}`, { subject: image });
    }
    await connected.load(names);
    const bundle = await connected.bundle();
    const { manifests, blobs } = await tableOf(bundle);
    const parts = manifests.length + blobs.length;
    await using place = await temporaryDirectory();
    const path = join(place.path, 'bundle.tar');
    await writeFile(path, bundle);

    let interrupted = 0;
    for (let round = 0; round < kills; round++) {
      const dark = await openSide(mock);
      // While it stores, or, with all of it stored, while it publishes.
      const isStored = round % 2 === 1;
      const target = isStored ? parts : 1 + random.below(parts);
      const delay = isStored ? random.below(200) : 0;
      const importing = new Running(['import', path, '--image-path', dark.imagePath]);
      const wasKilled = await killed(importing, async () => {
        if ((await files(dark, 'fat', 'img', 'blobs')) < target) return false;
        await sleep(delay);
        return true;
      });
      interrupted += Number(wasKilled);

      const report = await dark.verify();
      expect([target, delay, report.images.filter(({ complete }) => !complete), report.blobs]).toEqual([
        ...[target, delay],
        ...[[], []],
      ]);
      const { images, numbers } = await dark.import(bundle);
      expect(images).toHaveLength(names.length);
      if (isStored) expect(numbers.blobs).toBe(0);
      expect(await files(dark, 'damaged')).toBe(0);
      expect((await dark.verify()).images.filter(({ complete }) => complete)).toHaveLength(2 * names.length);
      expect((await dark.bundle()).equals(bundle)).toBe(true);
    }
    expect(interrupted).toBeGreaterThan(0);
  },
);

test(
  `an export that is killed (${random.seed}, ${kills} times)`,
  { timeout: 60_000 + kills * 30_000 },
  async () => {
    const mock = await startMock();
    onTestFinished(() => mock.stop());
    const connected = await openSide(mock);
    mock.addImage('app', 'v1', { layers: Array.from({ length: 20 }, (_, at) => 1_000_000 + at) });
    await connected.load(['app:v1']);
    const bundle = await connected.bundle();
    await using place = await temporaryDirectory();
    const path = join(place.path, 'bundle.tar');
    const args = ['export', '-o', path, '--all', '--image-path', connected.imagePath];
    for (let round = 0; round < kills; round++) {
      const delay = random.below(40);
      await killed(new Running(args), async () => {
        if (!(await readdir(place.path)).some((name) => name.endsWith('.partial'))) return false;
        await sleep(delay);
        return true;
      });
      // Under its own name there is nothing, or all of it.
      if ((await readdir(place.path)).includes('bundle.tar'))
        expect((await readFile(path)).equals(bundle)).toBe(true);
    }
    expect(await new Running(args).ended).toMatchObject({ status: 0, stderr: '' });
    expect(await readdir(place.path)).toEqual(['bundle.tar']);
    expect((await readFile(path)).equals(bundle)).toBe(true);
  },
);
