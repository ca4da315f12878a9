// kill -9 in the midst of a prune: what is still listed is whole, and the next prune takes the rest. KILLS says how often.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Random } from '../mock/random.ts';
import { silentLog } from '../src/log/log.ts';
import { listImages } from '../src/registry/list.ts';
import { pruneDirectory } from '../src/registry/prune.ts';
import { usageOf } from '../src/registry/usage.ts';
import { aged, faultsIn, MINUTE, openPruning, quickDirectory } from './pruning.ts';

const victim = fileURLToPath(new URL('prune-victim.ts', import.meta.url));
const kills = Number(process.env['KILLS'] ?? 8);
const images = 4;
/** An index, its two images and their blobs, for each; and a signature with its subject. */
const mostChanges = images * 10;

test('leaves nothing half', { timeout: 120_000 + kills * 10_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(`killed prunes: ${kills}, seed ${seed}`);
  const random = new Random(seed);
  await using directory = await quickDirectory();
  const { path } = directory;
  const place = await openPruning({ imagePath: path });
  const base = place.mock.addBlob('base', { size: 1000 });
  for (let round = 0; round < kills; round++) {
    for (let index = 0; index < images; index++) {
      const platforms = ['linux/amd64', 'linux/arm64'];
      const layers = [base, 200];
      const image = place.mock.addImage(`team${round}/app`, `v${index}`, { platforms, layers });
      await place.pull(image);
      const [child] = image.manifests;
      if (child !== undefined)
        await place.pull(place.mock.addArtifact(`team${round}/app`, { subject: child.descriptor }));
    }
  }
  await place.settled();
  await place.close();
  for (const folder of ['blobs', 'links']) await aged(path, folder, 120 * MINUTE);

  let died = 0;
  for (let round = 0; round < kills; round++) {
    const pattern = `*/team${round}/*`;
    const fatal = 1 + random.below(mostChanges);
    const child = spawn(process.execPath, [victim, path, pattern, String(fatal)], { stdio: 'pipe' });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect([status, signal, errors], `at change ${fatal}`).toEqual(
      status === 0 ? [0, null, ''] : [null, 'SIGKILL', ''],
    );
    if (signal !== null) died += 1;
    // What takes ten seconds otherwise: that the dead are known to be dead.
    await rm(join(path, 'pulls'), { recursive: true });
    expect(await faultsIn(path), `after change ${fatal}`).toEqual([]);
    const { failed } = await pruneDirectory(path, { patterns: [pattern] }, silentLog);
    const left = (await listImages(path, silentLog)).filter(
      ({ repository }) => repository === `team${round}/app`,
    );
    const { unreferenced } = await usageOf(path, silentLog);
    expect({ failed, left, unreferenced }).toEqual({
      failed: 0,
      left: [],
      unreferenced: { blobs: 0, bytes: 0 },
    });
  }
  expect(died).toBeGreaterThan(0);
});
