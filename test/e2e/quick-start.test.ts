// The README's quick start, as a person would type it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { curl } from './curl.ts';
import { sha256 } from './digest.ts';
import { DockerRegistry } from './docker-registry.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';

const { storage, app } = inject('content');

test('curl an index and an image manifest, find the files, restart, be served from the cache', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, storage);
  const server = await OurServer.start(place, { registries: [registry.host], args: [] });
  // As it is when nothing is asked for: the banner, and no log.
  expect(server.output).toMatch(/^ociregistry \d+\.\d+\.\d+ /);
  expect(server.output).toContain(`http://127.0.0.1:${server.port}`);
  expect(server.output).toContain(server.imagePath);

  const manifests = `${server.url}/v2/${app.repository}/manifests`;
  const index = await curl(place, `${manifests}/${app.tag}?ns=${registry.host}`);
  expect(index).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'application/vnd.oci.image.index.v1+json',
      'content-length': String(Buffer.byteLength(index.body)),
      'docker-content-digest': app.digest,
    },
  });
  expect(sha256(index.body)).toBe(app.digest);

  const { stdout } = await place.run('bash', [
    '-c',
    `curl -s '${manifests}/${app.tag}?ns=${registry.host}' | jq -r '.manifests[0].digest'`,
  ]);
  const [child = ''] = app.platforms['linux/amd64'] ?? [];
  expect(stdout.trim()).toBe(child);
  const image = await curl(place, `${manifests}/${child}?ns=${registry.host}`);
  expect(image.status).toBe(200);
  expect(sha256(image.body)).toBe(child);

  const names = async (folder: string): Promise<readonly string[]> =>
    (await readdir(join(server.imagePath, folder))).sort();
  const hex = (digest: string): string => digest.replace('sha256:', '');
  expect(await names('fat')).toEqual([hex(app.digest)]);
  expect(await names('img')).toEqual([hex(child)]);
  const [, ...blobs] = app.platforms['linux/amd64'] ?? [];
  await expect.poll(() => names('blobs'), { timeout: 30_000 }).toEqual(blobs.map(hex).sort());
  await expect.poll(() => names('pulls')).toEqual([]);
  const holder = await place.run('jq', ['-r', '.digest', join(server.imagePath, 'fat', hex(app.digest))]);
  expect(holder.stdout.trim()).toBe(app.digest);
  for (const name of await names('blobs')) {
    expect(sha256(await readFile(join(server.imagePath, 'blobs', name)))).toBe(`sha256:${name}`);
  }

  expect(await server.stop()).toEqual({ status: 0, signal: null });
  await registry.kill();
  await server.startAgain(['--log-level', 'debug']);
  const again = await curl(place, `${manifests}/${app.tag}?ns=${registry.host}`);
  expect(again).toMatchObject({ status: 200, body: index.body });
  expect(again.headers).toMatchObject({ 'docker-content-digest': app.digest });
  await server.says('serving manifest from cache: ');

  const listed = await server.list();
  expect(listed).toMatchObject([
    { repository: app.repository, tag: app.tag, digest: app.digest, complete: true },
  ]);
});
