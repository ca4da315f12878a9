// Many clients at once on what is not cached yet: the upstream sees one.
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { digestsOfFiles } from './blob-files.ts';
import { curlAndCompare, curlToFile } from './curl.ts';
import { sha256OfFile } from './digest.ts';
import { DockerRegistry } from './docker-registry.ts';
import { everyDigest, sorted } from './image-tree.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import { skopeoOfAll } from './skopeo.ts';

const content = inject('content');
const MiB = 1024 * 1024;

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

test('twenty clients at once on a cold image: each manifest and blob is fetched once', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, content.storage);
  const server = await OurServer.start(place, { registries: [registry.host] });
  const mirror = { registry: registry.host, server: server.host };
  const { app } = content;
  const [manifest = '', ...blobsOfOne] = app.platforms['linux/amd64'] ?? [];
  const largest = blobsOfOne.at(-1) ?? '';
  const directory = await place.directory('curl');
  const bySkopeo = numbers(10).map(() => skopeoOfAll.pull(place, mirror, app, content));
  const byCurl = numbers(10).map(async (number) => {
    const file = join(directory, String(number));
    const repository = `${server.url}/v2/${registry.host}/${app.repository}`;
    const wanted = [
      [`manifests/${app.tag}`, app.digest],
      [`manifests/${manifest}`, manifest],
      [`blobs/${largest}`, largest],
    ] as const;
    for (const [path, digest] of wanted) {
      expect(await curlToFile(place, `${repository}/${path}`, file)).toMatchObject({ status: 0 });
      expect(await sha256OfFile(file)).toBe(digest);
    }
  });
  const [held] = await Promise.all([Promise.all(bySkopeo), Promise.all(byCurl)]);
  expect(held).toEqual(numbers(10).map(() => everyDigest(app)));

  const gets = registry.requests.filter(
    ({ method, uri }) => method === 'GET' && /\/(manifests|blobs)\//.test(uri),
  );
  const references = [app.tag, ...everyDigest(app).filter((digest) => digest !== app.digest)];
  expect(gets.map(({ uri }) => uri.split('/').at(-1)).sort()).toEqual(references.sort());
  const blobs = Object.values(app.platforms).flatMap(([, ...configAndLayers]) => configAndLayers);
  expect(await digestsOfFiles(join(server.imagePath, 'blobs'))).toEqual(sorted(blobs));
});

test('a hundred clients on one cold blob of 64 MiB: one GET, and the first byte before the upstream’s last', async (context) => {
  const place = await openPlace(context);
  await using mock = await startMock();
  const blob = mock.addBlob('team/large', { size: 64 * MiB });
  const truth = join(await place.directory('truth'), 'blob');
  await writeFile(truth, blob.bytes());
  const server = await OurServer.start(place, { registries: [mock.host] });
  const url = `${server.url}/v2/team/large/blobs/${blob.digest}?ns=${mock.host}`;
  const gate = mock.on({ digest: blob.digest }).holdAt(32 * MiB);

  const first = join(await place.directory('first'), 'blob');
  const headers = await place.directory('headers');
  const firstDone = curlToFile(place, url, first);
  const others = numbers(99).map((number) =>
    curlAndCompare(place, url, truth, join(headers, String(number))),
  );
  await expect.poll(() => gate.arrivals, { timeout: 30_000 }).toBe(1);
  await expect.poll(() => sizeOf(first), { timeout: 30_000 }).toBeGreaterThan(0);
  // The gate opens when all of them have been answered, so that none comes to a blob that is cached.
  await expect.poll(async () => (await readdir(headers)).length, { timeout: 60_000 }).toBe(99);
  const pulls = mock.log.find({ operation: 'blobGet' });
  expect(pulls.map(({ outcome }) => outcome)).toEqual(['pending']);
  expect(mock.bytesSent()).toBeLessThan(blob.size);
  gate.release();

  const ended = await Promise.all([firstDone, ...others]);
  expect(ended.filter(({ status }) => status !== 0)).toEqual([]);
  expect(await sha256OfFile(first)).toBe(blob.digest);
  expect(await sha256OfFile(truth)).toBe(blob.digest);
  expect(mock.count({ operation: 'blobGet', digest: blob.digest })).toBe(1);
  expect(mock.requests.length).toBe(1);
});

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
