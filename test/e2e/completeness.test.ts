// What no client asked for, or asked for in full, is there all the same when the registry is gone.
import { describe, expect, inject, test } from 'vitest';
import { Containerd } from './containerd.ts';
import { ownName, pathName } from './client.ts';
import { curl } from './curl.ts';
import { DockerRegistry } from './docker-registry.ts';
import { digestsFor, sorted } from './image-tree.ts';
import { OurServer } from './our-server.ts';
import type { ListedImage } from './our-server.ts';
import { openPlace } from './place.ts';
import { rawManifest } from './skopeo.ts';

const { storage, app, base } = inject('content');
const platform = 'linux/amd64';

async function listed(server: OurServer, repository: string, tag: string): Promise<ListedImage | undefined> {
  const rows = await server.list();
  return rows.find((row) => row.repository === repository && row.tag === tag);
}

describe('completeness', () => {
  test('a node that has nothing pulls whole what a node with the base layer pulled in part', async (context) => {
    const place = await openPlace(context);
    const registry = await DockerRegistry.start(place, storage);
    const server = await OurServer.start(place, { registries: [registry.host] });
    const name = ownName({ registry: registry.host, server: server.host }, app);
    const ofApp = digestsFor(app, platform);
    const shared = digestsFor(base, platform).filter((digest) => ofApp.includes(digest));

    const rich = await Containerd.start(place, server.host);
    await rich.pullPast(`${registry.host}/${base.repository}:${base.tag}`, platform);
    await rich.pull(name, platform);
    const askedBlobs = server.requests.filter(({ path }) => path.includes('/blobs/'));
    expect(askedBlobs.filter(({ path }) => shared.some((digest) => path.includes(digest)))).toEqual([]);
    expect(askedBlobs.length).toBeGreaterThan(0);

    await expect
      .poll(() => listed(server, app.repository, app.tag), { timeout: 30_000, interval: 500 })
      .toMatchObject({ registry: registry.host, digest: app.digest, complete: true });
    await registry.kill();

    const poor = await Containerd.start(place, server.host);
    await poor.pull(name, platform);
    expect(await poor.digests()).toEqual(sorted([app.digest, ...ofApp]));
  });

  test('it is taken up again after a kill in its midst', async (context) => {
    const place = await openPlace(context);
    const registry = await DockerRegistry.start(place, storage);
    const server = await OurServer.start(place, { registries: [registry.host] });
    const [manifest = ''] = app.platforms[platform] ?? [];
    const path = `/v2/${app.repository}/manifests`;
    await curl(place, `${server.url}${path}/${app.tag}?ns=${registry.host}`);
    await curl(place, `${server.url}${path}/${manifest}?ns=${registry.host}`);
    await server.kill();
    await server.startAgain();
    await expect
      .poll(() => listed(server, app.repository, app.tag), { timeout: 30_000, interval: 500 })
      .toMatchObject({ complete: true });
  });
});

test('a tag that only containerd ever pulled, by HEAD, is served when the registry is gone', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, storage);
  const server = await OurServer.start(place, { registries: [registry.host] });
  const mirror = { registry: registry.host, server: server.host };
  const node = await Containerd.start(place, server.host);
  await node.pull(ownName(mirror, app), platform);
  const ofTag = server.requests.filter(({ path }) => path.includes(`/manifests/${app.tag}`));
  expect(ofTag.map(({ method }) => method)).toEqual(['HEAD']);

  const truth = await rawManifest(place, ownName(mirror, app));
  await registry.kill();
  expect(await rawManifest(place, pathName(mirror, app))).toBe(truth);
  const answer = await curl(
    place,
    `${server.url}/v2/${app.repository}/manifests/${app.tag}?ns=${registry.host}`,
  );
  expect(answer).toMatchObject({ status: 200, body: truth });
  expect(answer.headers).toMatchObject({
    'docker-content-digest': app.digest,
    'oci-namespace': registry.host,
  });
  expect(answer.headers['warning']).toMatch(/^299 - "/);
});
