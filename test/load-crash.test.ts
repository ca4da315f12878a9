// kill -9 at any moment of a load: nothing that is there is wrong, and the next attempt completes it. KILLS says how often.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '../src/oci/seeded-random.ts';
import { silentLog } from '../src/log/log.ts';
import { verifyImages } from '../src/registry/verify.ts';
import type { VerifyReport } from '../src/registry/verify.ts';
import { LayoutMaker } from './archive-maker.ts';
import { openLoading } from './loading.ts';
import type { Loading } from './loading.ts';

const kills = Number(process.env['KILLS'] ?? 3);
const random = seededRandom();
const images = 6;

async function stored({ imagePath }: Loading): Promise<number> {
  const folders = ['fat', 'img', 'blobs'].map((folder) => readdir(join(imagePath, folder)).catch(() => []));
  return (await Promise.all(folders)).flat().length;
}

/** What takes ten seconds otherwise: that the dead are known to be dead. */
async function buryTheDead({ imagePath }: Loading): Promise<void> {
  const pulls = join(imagePath, 'pulls');
  for (const name of await readdir(pulls)) if (/\.(?:lock|lease)$/.test(name)) await rm(join(pulls, name));
}

function verify({ imagePath }: Loading): Promise<VerifyReport> {
  return verifyImages(imagePath, 'all', { deep: true }, silentLog);
}

const sources: readonly {
  readonly name: string;
  /** How many manifests and blobs come. */
  readonly parts: number;
  /** What is to be loaded. */
  readonly make: (loading: Loading) => Promise<string>;
  /** An image may lack what had not come; an archive's is named only when all of it is there. */
  readonly maybeMissing: boolean;
}[] = [
  {
    name: 'of a list',
    parts: images * 4,
    maybeMissing: true,
    make(loading) {
      const names = Array.from({ length: images }, (_, at) => {
        loading.mock.addImage(`app-${at}`, 'v1', { layers: [10_000, 300_000] });
        return loading.name(`app-${at}:v1`);
      });
      return loading.file('list.txt', names.join('\n'));
    },
  },
  {
    name: 'of an archive',
    parts: images * 4,
    maybeMissing: false,
    async make(loading) {
      const layout = new LayoutMaker();
      for (let at = 0; at < images; at++)
        layout.tag(layout.image([`one ${at}`, Buffer.alloc(300_000, `two ${at}`)]), `quay.test/app-${at}:v1`);
      return loading.file('archive.tar', await layout.tar());
    },
  },
];

test.each(sources)(
  `a load $name that is killed (${random.seed}, ${kills} times)`,
  { timeout: 60_000 + kills * 30_000 },
  async ({ make, parts, maybeMissing }) => {
    let interrupted = 0;
    for (let round = 0; round < kills; round++) {
      await using loading = await openLoading();
      const source = await make(loading);
      const target = 1 + random.below(parts);
      const loads = await loading.start(['load', source, '--concurrent', '2']);
      while (loads.child.exitCode === null && (await stored(loading)) < target) await sleep(2);
      loads.child.kill('SIGKILL');
      const { status, stderr } = await loads.ended;
      if (status !== null) expect([status, stderr]).toEqual([0, '']);
      else interrupted += 1;

      await buryTheDead(loading);
      const left = await verify(loading);
      const faults = left.images.flatMap((image) => image.faults.map(({ fault }) => fault));
      expect([target, left.blobs, faults.filter((fault) => !maybeMissing || fault !== 'missing')]).toEqual([
        target,
        [],
        [],
      ]);
      const again = await (await loading.start(['load', source])).ended;
      expect([target, again.status, again.stderr]).toEqual([target, 0, '']);
      const complete = await verify(loading);
      expect([target, complete.complete, complete.images.length]).toEqual([target, true, images]);
      expect(await readdir(join(loading.imagePath, 'damaged')).catch(() => [])).toEqual([]);
    }
    expect(interrupted).toBeGreaterThan(0);
  },
);
