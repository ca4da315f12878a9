// kill -9 and power loss, at any moment and at every moment that matters: nothing half is seen, nothing whole is lost.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { MadeManifest } from '../../mock/index.ts';
import type { FaultSite } from './fault-site.ts';
import { PowerableDisk } from './file-system.ts';
import { expectStored } from './invariants.ts';
import { commitsOutOfOrder } from './commit-order.ts';
import { scenario } from './scenario.ts';
import { killedAt, noting } from './strace.ts';

const MiB = 1024 * 1024;
/** What brings something into being on a disk, or makes it lasting. */
const commits = 'fsync,fdatasync,rename,unlink,pwrite64,pwritev,ftruncate';
/** One thread does all that is done to files, so that the nth call is the nth. */
const inOrder = { UV_THREADPOOL_SIZE: '1' };

/** Pulls two images, and the first again after its tag has moved; until the server dies. What was answered of tags. */
async function pullAndMove(site: FaultSite): Promise<ReadonlyMap<string, readonly MadeManifest[]>> {
  const tags = new Map<string, MadeManifest[]>();
  for (const repository of ['app', 'other', 'app']) {
    const image = site.image(repository, [site.random.below(150_000), 10]);
    const answered = await site.get(`${repository}/manifests/v1`);
    if (answered.told === 200) tags.set(repository, [image]);
    // It may have moved, or not.
    else tags.get(repository)?.push(image);
    await site.pull(image);
  }
  return tags;
}

/** With the upstream gone, every tag that a client was told of leads to a manifest that it may lead to. */
async function expectTags(
  site: FaultSite,
  tags: ReadonlyMap<string, readonly MadeManifest[]>,
): Promise<void> {
  for (const [repository, images] of tags) {
    const { told, headers } = await site.get(`${repository}/manifests/v1`);
    expect([repository, told]).toEqual([repository, 200]);
    expect(images.map(({ digest }) => digest as string)).toContain(headers['docker-content-digest']);
  }
}

async function startAfterCrash(site: FaultSite): Promise<void> {
  await site.keep();
  await expectStored(site);
  await site.mock.stop();
  await site.buryTheDead();
  await site.restart([], []);
}

/** The upstream is back, and the server knows. */
async function comeBack(site: FaultSite): Promise<void> {
  await site.mock.start();
  const image = site.image('back');
  await expect.poll(() => site.pull(image)).toEqual([]);
}

scenario(
  'kill -9 at a write, fsync, rename or unlink, one after the other',
  { needs: ['strace that may trace'], env: inOrder },
  async (site) => {
    const kills = Number(process.env['KILLS'] ?? 3);
    for (let kill = 0; kill < kills; kill += 1) {
      // Some do not live to be ready.
      await site.restart([], killedAt(commits, 1 + site.random.below(60))).catch(() => undefined);
      const tags = await pullAndMove(site);
      await site.server.kill();
      await startAfterCrash(site);
      await expectTags(site, tags);
      await comeBack(site);
    }
  },
);

scenario('kill -9 at random moments, under clients', {}, async (site) => {
  const kills = Number(process.env['KILLS'] ?? 3);
  for (let kill = 0; kill < kills; kill += 1) {
    const images = [0, 1, 2].map((at) => site.image(`app-${at}`, [site.random.below(4 * MiB), 70_000]));
    const pulls = images.map((image) => site.pull(image));
    await sleep(site.random.below(200));
    await site.server.kill();
    await Promise.all(pulls);
    await startAfterCrash(site);
    await comeBack(site);
  }
});

let disk: PowerableDisk | undefined;
scenario(
  'power lost at random moments',
  {
    needs: ['ext4 on a loop device'],
    imagePath: async (place, test) => (disk = await PowerableDisk.make(place, test)).path,
  },
  async (site) => {
    for (let losses = 0; losses < 3; losses += 1) {
      const settled = site.image(`settled-${losses}`, [site.random.below(3 * MiB), 200_000, 100]);
      expect(await site.pull(settled)).toEqual([]);
      const names = [settled, ...settled.blobs].map(({ digest }) => digest.slice(7));
      await expect.poll(async () => isStored(names, await site.stored())).toBe(true);
      await site.keep();
      const pulls = [0, 1].map((at) =>
        site.pull(site.image(`busy-${at}`, [site.random.below(4 * MiB), 70_000])),
      );
      await sleep(site.random.below(100));
      disk?.loseThePower();
      await site.server.kill();
      await Promise.all(pulls);
      disk?.powerUp();
      await expectStored(site);
      await site.mock.stop();
      await site.buryTheDead();
      await site.restart();
      // The upstream is gone as well: what was whole is all there is.
      expect(await site.pull(settled)).toEqual([]);
      await comeBack(site);
    }
  },
);

scenario(
  'what is renamed into place was synced before, and its directory after',
  { needs: ['strace that may trace'] },
  async (site) => {
    const file = join(await site.place.directory('strace'), 'calls');
    await site.restart([], noting('fsync,fdatasync,rename', file));
    await pullAndMove(site);
    const expected = (await site.stored()).length;
    const { renamed, faults } = commitsOutOfOrder(await readFile(file, 'utf8'), site.server.imagePath);
    expect(faults).toEqual([]);
    expect(renamed).toBeGreaterThanOrEqual(expected);
  },
);

function isStored(names: readonly string[], stored: readonly string[]): boolean {
  return names.every((name) => stored.some((path) => path.endsWith(`/${name}`)));
}
