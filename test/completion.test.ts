// Completeness: what was pulled through can be pulled whole by a node that has nothing, with the upstream gone.
import { expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import { silentLog } from '../src/log/log.ts';
import { listImages } from '../src/registry/list.ts';
import { openFrontDoor, sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

async function complete(door: FrontDoor): Promise<readonly boolean[]> {
  return (await listImages(door.imagePath, silentLog)).map((row) => row.complete);
}

test('an image whose base layer the client had is completed behind it', async () => {
  await using door = await openFrontDoor();
  const image = door.mock.addImage('app', 'v1', { layers: [100_000, 200_000] });
  await door.get('/v2/app/manifests/v1');
  await door.get(`/v2/app/blobs/${image.layers[1]?.digest ?? ''}`);
  await expect.poll(() => complete(door)).toEqual([true]);
  await door.mock.stop();
  for (const { digest } of image.blobs) {
    const answer = await door.get(`/v2/app/blobs/${digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, digest]);
  }
});

test('only the platforms that were asked for', async () => {
  await using door = await openFrontDoor();
  const index = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
  const amd64 = childFor(index, 'linux/amd64');
  await door.get('/v2/app/manifests/v1');
  await door.get(`/v2/app/manifests/${amd64.digest}`);
  await expect.poll(() => complete(door)).toEqual([true]);
  expect(
    door.mock.requests
      .filter(({ operation }) => operation === 'blobGet')
      .map(({ reference }) => reference)
      .sort(),
  ).toEqual(amd64.blobs.map(({ digest }) => digest).sort());
});

test('what a restart interrupted is taken up again', async () => {
  await using door = await openFrontDoor();
  const image = door.mock.addImage('app', 'v1', { layers: [100_000] });
  const rule = door.mock.on({ operation: 'blobGet' }).always().status(503);
  await door.get('/v2/app/manifests/v1');
  await expect.poll(() => rule.uses).toBeGreaterThan(0);
  await door.stop();
  rule.stop();
  await door.start();
  await expect.poll(() => complete(door)).toEqual([true]);
  await door.mock.stop();
  expect((await door.get(`/v2/app/blobs/${image.layers[0]?.digest ?? ''}`)).status).toBe(200);
});

test('complete: false fetches nothing on its own', async () => {
  await using door = await openFrontDoor({ config: { complete: false } });
  door.mock.addImage('app', 'v1');
  await door.get('/v2/app/manifests/v1');
  await door.restart();
  await door.restart({ complete: false });
  expect(await complete(door)).toHaveLength(1);
});
