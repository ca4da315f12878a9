// A disk that is full, broken, slow or gone read-only: pulls go on, somebody is told, and caching resumes by itself.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { OurServer } from '../e2e/our-server.ts';
import type { FaultSite } from './fault-site.ts';
import { PowerableDisk, tmpfs } from './file-system.ts';
import { scenario } from './scenario.ts';
import type { ScenarioOptions } from './scenario.ts';
import { Strace, fileReads, fileWrites } from './strace.ts';

const MiB = 1024 * 1024;

interface SickDisk extends ScenarioOptions {
  readonly name: string;
  /** Causes the fault; returns what takes it away. */
  readonly fall: (site: FaultSite) => Promise<() => Promise<void>>;
  /** Whether it is the disk that takes nothing, or only what is large. */
  readonly takesNothing: boolean;
}

function injected(fault: string): Pick<SickDisk, 'needs' | 'fall'> {
  return {
    needs: ['strace that may trace'],
    async fall({ place, server }) {
      const strace = await Strace.attach(place, server.pid, fault);
      return () => strace.detach();
    },
  };
}

/** Takes what a file system has left, by files of a kind. */
async function fill({ server }: FaultSite, bytes: number): Promise<() => Promise<void>> {
  const folder = join(server.imagePath, 'pulls');
  const fillers: string[] = [];
  for (;;) {
    const path = join(folder, `filler-${fillers.length}`);
    try {
      fillers.push(path);
      await writeFile(path, Buffer.alloc(bytes));
    } catch {
      return async () => {
        for (const filler of fillers) await rm(filler, { force: true });
      };
    }
  }
}

let disk: PowerableDisk | undefined;

const sickDisks: readonly SickDisk[] = [
  {
    name: 'that is full',
    needs: ['mounting tmpfs'],
    imagePath: tmpfs('size=48m'),
    takesNothing: true,
    fall: (site) => fill(site, MiB),
  },
  {
    name: 'without inodes',
    needs: ['mounting tmpfs'],
    imagePath: tmpfs('size=48m,nr_inodes=200'),
    takesNothing: true,
    fall: (site) => fill(site, 0),
  },
  {
    name: 'that the kernel has made read-only',
    needs: ['ext4 on a loop device'],
    imagePath: async (place, test) => (disk = await PowerableDisk.make(place, test)).path,
    takesNothing: true,
    fall(site) {
      disk?.turnReadOnly();
      // Only a mount ends it.
      return Promise.resolve(async () => {
        await site.server.kill();
        disk?.powerUp();
        await site.buryTheDead();
        await site.restart();
      });
    },
  },
  { name: 'whose writes fail (EIO)', takesNothing: false, ...injected(`${fileWrites}:error=EIO`) },
  { name: 'whose quota is used up (EDQUOT)', takesNothing: false, ...injected(`${fileWrites}:error=EDQUOT`) },
  { name: 'whose fsync fails (EIO)', takesNothing: true, ...injected('fsync,fdatasync:error=EIO') },
  { name: 'that renames nothing (EROFS)', takesNothing: true, ...injected('rename:error=EROFS') },
];

for (const { name, fall, takesNothing, ...options } of sickDisks) {
  // A full disk prunes, and what it prunes is not lost.
  const args = ['--min-free', '0%'];
  scenario(`a disk ${name}`, { ...options, args }, async (site) => {
    const before = site.image('before', [200_000]);
    expect(await site.pull(before)).toEqual([]);
    await site.keep();
    const large = site.image('large', [6 * MiB]);
    const gate = site.mock
      .on({ operation: 'blobGet', digest: large.layers[0]?.digest ?? '' })
      .once()
      .holdAt(2 * MiB);
    const pulls = [site.pull(large), site.pull(large)];
    await gate.reached;
    const recover = await fall(site);
    gate.release();
    expect((await Promise.all(pulls)).flat()).toEqual([]);
    const during = site.image('during', [100_000, 3 * MiB]);
    expect(await site.pull(during)).toEqual([]);
    expect(await site.pull(before)).toEqual([]);
    if (takesNothing) {
      const stored = await site.stored();
      expect(stored).not.toContain(`img/${during.digest.slice(7)}`);
    }
    // Somebody is told: by a metric, and in the log.
    await expect.poll(() => site.metric('ociregistry_disk_failures_total')).toBeGreaterThan(0);
    expect(site.server.output).toMatch(/WARN|ERROR/);

    await recover();
    const began = performance.now();
    const after = site.image('after', [MiB]);
    expect(await site.pull(after)).toEqual([]);
    const [layer = ''] = after.layers.map(({ digest }) => `blobs/${digest.slice(7)}`);
    await expect.poll(() => site.stored()).toContain(layer);
    console.info(
      `a disk ${name}: cached again ${Math.round(performance.now() - began)} ms after it was well`,
    );
    expect(await site.pull(during)).toEqual([]);
    await expect.poll(() => site.stored()).toContain(`img/${during.digest.slice(7)}`);
  });
}

scenario(
  'a disk that is slow: pulls take longer, and that is all',
  { needs: ['strace that may trace'] },
  async (site) => {
    const images = [0, 1, 2].map((at) => site.image(`app-${at}`, [2 * MiB, 1000]));
    await using _ = await Strace.attach(site.place, site.server.pid, `${fileWrites},fsync:delay_enter=30000`);
    const outcomes = await Promise.all(images.map((image) => site.pull(image)));
    expect(outcomes.flat()).toEqual([]);
  },
);

scenario(
  'a disk that cannot be read: what is answered is right, or breaks off',
  { needs: ['strace that may trace'] },
  async (site) => {
    const image = site.image('app', [2 * MiB, 300_000, 1000]);
    expect(await site.pull(image)).toEqual([]);
    await site.keep();
    await using _ = await Strace.attach(site.place, site.server.pid, `${fileReads}:error=EIO`);
    for (const { digest } of image.blobs) await site.get(`app/blobs/${digest}`);
    // What is compared with its digest in `get` has not been wrong.
    expect(site.wrong).toEqual([]);
    expect((await site.get('app/manifests/v1')).told).toBe(200);
  },
);

scenario('two servers on one directory, one of them killed again and again', {}, async (site) => {
  const second = await OurServer.start(site.place, {
    registries: [site.mock.host],
    imagePath: site.server.imagePath,
    args: ['--log-level', 'info'],
  });
  for (let kill = 0; kill < 4; kill += 1) {
    const image = site.image(`app-${kill}`, [site.random.below(3 * MiB), 100_000]);
    const path = `${second.url}/v2/app-${kill}/manifests/v1?ns=${site.mock.host}`;
    const other = fetch(path)
      .then((answer) => answer.arrayBuffer())
      .catch(() => undefined);
    const pull = site.pull(image);
    await site.mock.seen({ repository: image.repository }, 1 + site.random.below(3));
    await second.kill();
    expect(await pull).toEqual([]);
    await other;
    // Its locks stay: the other one's are beside them, and who is dead shows in time.
    site.crashed = true;
    await second.startAgain();
  }
  const names = await readdir(join(site.server.imagePath, 'blobs'));
  expect(names.length).toBeGreaterThan(0);
  await second.stop();
});
