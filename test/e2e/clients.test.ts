// Every real client pulls through the server; then the registry is gone, and every client pulls all of it again.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Client } from './client.ts';
import { ownName, pathName } from './client.ts';
import { containerdClients } from './containerd.ts';
import { containersStorageClients } from './containers-storage.ts';
import { DockerRegistry } from './docker-registry.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { rawManifest, skopeoClients } from './skopeo.ts';

const content = inject('content');
const ourUserAgent = /^ociregistry\b/;

const clients = [...skopeoClients, ...containerdClients, ...containersStorageClients];

describe.each(clients)('$name', (client: Client) => {
  let place: Place;
  let registry: DockerRegistry;
  let server: OurServer;

  beforeAll(async () => {
    place = await openPlace();
    registry = await DockerRegistry.start(place, content.storage);
    server = await OurServer.start(place, { registries: [registry.host] });
  });
  afterAll(() => place.close());
  beforeEach((context) => place.tellOnFailure(context));

  const pullAll = async (): Promise<void> => {
    for (const image of client.images(content)) {
      const held = await client.pull(place, { registry: registry.host, server: server.host }, image, content);
      expect(held, `${image.repository}:${image.tag}`).toEqual(client.expected(image));
    }
  };

  test('pulls through, and the registry hears of nobody but the server', async () => {
    await pullAll();
    const strangers = registry.requests.filter(({ userAgent }) => !ourUserAgent.test(userAgent));
    expect(strangers).toEqual([]);
    expect(registry.requests.length).toBeGreaterThan(0);
  });

  test('pulls all of it again when the registry is gone', async () => {
    await registry.kill();
    await pullAll();
  });

  test('pulls all of it again after the server was restarted', async () => {
    expect(await server.stop()).toEqual({ status: 0, signal: null });
    await server.startAgain();
    await pullAll();
  });

  test('pulls all of it again after the server was killed', async () => {
    await server.kill();
    await server.startAgain();
    await pullAll();
  });
});

test('the bytes of every manifest are the registry’s own', async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, content.storage);
  const server = await OurServer.start(place, { registries: [registry.host] });
  const mirror = { registry: registry.host, server: server.host };
  for (const image of [content.app, content.dockerApp, content.base, content.tool, content.chart]) {
    const own = await rawManifest(place, ownName(mirror, image));
    expect(await rawManifest(place, pathName(mirror, image))).toBe(own);
  }
});
