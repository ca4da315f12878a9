// An upstream that misbehaves, and a server that is killed, under real clients.
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { digestsOfFiles } from './blob-files.ts';
import { curl, curlToFile } from './curl.ts';
import { sha256OfFile } from './digest.ts';
import { DockerRegistry } from './docker-registry.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';

const content = inject('content');
const KiB = 1024;
const MiB = 1024 * KiB;

test('kill -9 during a fill: the next pull goes on from the partial file', async (context) => {
  const place = await openPlace(context);
  await using mock = await startMock();
  const blob = mock.addBlob('team/large', { size: 64 * MiB });
  const server = await OurServer.start(place, { registries: [mock.host] });
  const url = `${server.url}/v2/team/large/blobs/${blob.digest}?ns=${mock.host}`;
  const directory = await place.directory('curl');
  const gate = mock
    .on({ digest: blob.digest })
    .once()
    .holdAt(48 * MiB);

  const cut = curlToFile(place, url, join(directory, 'cut'));
  await expect.poll(() => gate.arrivals, { timeout: 30_000 }).toBe(1);
  const partial = (): Promise<number> => largestFile(join(server.imagePath, 'pulls'));
  await expect.poll(partial, { timeout: 30_000 }).toBeGreaterThan(16 * MiB);
  await server.kill();
  expect((await cut).status).not.toBe(0);
  gate.release();
  expect(await readdir(join(server.imagePath, 'blobs'))).toEqual([]);
  const kept = await partial();

  await server.startAgain();
  const whole = join(directory, 'whole');
  expect(await curlToFile(place, url, whole)).toMatchObject({ status: 0 });
  expect(await sha256OfFile(whole)).toBe(blob.digest);
  expect(mock.log.find({ operation: 'blobGet' }).map(({ range }) => range)).toEqual([
    undefined,
    `bytes=${kept}-`,
  ]);
  expect(await digestsOfFiles(join(server.imagePath, 'blobs'))).toEqual([blob.digest]);
  expect(await readdir(join(server.imagePath, 'pulls'))).toEqual([]);
});

test('an upstream that resets every 64 KiB: skopeo sees no error', async (context) => {
  const place = await openPlace(context);
  await using mock = await startMock();
  const image = mock.addImage('team/app', 'v1', { layers: [{ size: 2 * MiB }, { size: 300 * KiB }] });
  mock
    .on({ operation: 'blobGet' })
    .always()
    .resetEvery(64 * KiB);
  const server = await OurServer.start(place, { registries: [mock.host] });
  const layout = join(await place.directory('skopeo'), 'layout');
  const from = `docker://${server.host}/${mock.host.replace(':', '__')}/team/app:v1`;
  const options = ['--quiet', '--src-tls-verify=false', '--preserve-digests'];
  await place.run('skopeo', ['copy', ...options, from, `oci:${layout}:pulled`]);
  const digests = [image.digest, ...image.blobs.map(({ digest }) => digest)].sort();
  expect(await digestsOfFiles(join(layout, 'blobs/sha256'))).toEqual(digests);
  const [layer] = image.layers;
  expect(mock.count({ operation: 'blobGet', digest: layer?.digest ?? '' })).toBe((2 * MiB) / (64 * KiB));
  // skopeo can resume as well; it had no need to.
  expect(server.requests.filter(({ path }) => path.includes('/blobs/')).length).toBe(image.blobs.length);
});

test.for([
  ['its first byte', 0],
  ['its middle', 2 * MiB],
  ['its last byte', -1],
] as const)(
  'wrong bytes, flipped at %s: no client ends cleanly, nothing is cached',
  async ([, at], context) => {
    const place = await openPlace(context);
    await using mock = await startMock();
    const blob = mock.addBlob('team/app', { size: 4 * MiB });
    const rule = mock.on({ digest: blob.digest }).flipAt(at);
    const server = await OurServer.start(place, { registries: [mock.host] });
    const url = `${server.url}/v2/team/app/blobs/${blob.digest}?ns=${mock.host}`;
    const directory = await place.directory('curl');
    const names = ['1', '2', '3', '4', '5'];
    const ended = await Promise.all(names.map((name) => curlToFile(place, url, join(directory, name))));
    expect(ended.filter(({ status }) => status === 0)).toEqual([]);
    expect(await readdir(join(server.imagePath, 'blobs'))).toEqual([]);

    rule.stop();
    const right = join(directory, 'right');
    expect(await curlToFile(place, url, right)).toMatchObject({ status: 0 });
    expect(await sha256OfFile(right)).toBe(blob.digest);
  },
);

test('a blob from one registry is served for another only when that one has it', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, content.storage);
  const other = await DockerRegistry.start(place, await place.directory('other'));
  const server = await OurServer.start(place, { registries: [registry.host, other.host] });
  const { repository, tag, platforms } = content.chart;
  const layer = platforms['']?.at(-1) ?? '';
  const blob = (host: string): string => `${server.url}/v2/${repository}/blobs/${layer}?ns=${host}`;
  const file = join(await place.directory('curl'), 'blob');

  expect(await curlToFile(place, blob(registry.host), file)).toMatchObject({ status: 0 });
  expect(await sha256OfFile(file)).toBe(layer);
  const refused = await curl(place, blob(other.host));
  expect(refused.status).toBe(404);
  expect(refused.body).toContain('"BLOB_UNKNOWN"');

  const names = [registry.host, other.host].map((host) => `docker://${host}/${repository}:${tag}`);
  await place.run('skopeo', [
    'copy',
    '--quiet',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    ...names,
  ]);
  const before = other.requests.length;
  await writeFile(file, '');
  expect(await curlToFile(place, blob(other.host), file)).toMatchObject({ status: 0 });
  expect(await sha256OfFile(file)).toBe(layer);
  // Its word is enough: the bytes are here already.
  expect(other.requests.slice(before).map(({ method }) => method)).toEqual(['HEAD']);
});

/** Bytes of the largest file in a directory. */
async function largestFile(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return Math.max(0, ...sizes);
}
