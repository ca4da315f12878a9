// Across the gap with real tools: what was exported is read by others, and served on the other side.
import { randomBytes } from 'node:crypto';
import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { digestsOfFiles } from './blob-files.ts';
import { ownName, pathName } from './client.ts';
import { Containerd, containerdClients } from './containerd.ts';
import { dataFile } from './content.ts';
import { DockerRegistry } from './docker-registry.ts';
import { digestsFor, everyDigest, readImageTree } from './image-tree.ts';
import type { ImageTree } from './image-tree.ts';
import { OurServer, serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { rawManifest, skopeoClients } from './skopeo.ts';
import type { Finished, ToolOptions } from './tool.ts';
import { expectUnpacked } from './unpacked.ts';

const content = inject('content');
const { app, dockerApp, tool, chart, data } = content;
const all = [app, dockerApp, tool, chart];

function ours(place: Place, args: readonly string[], options?: ToolOptions): Promise<Finished> {
  const [program, ...first] = serverCommand();
  return place.run(program, [...first, ...args], options);
}

class Connected {
  readonly place: Place;
  readonly registry: DockerRegistry;
  readonly imagePath: string;
  readonly #config: string;

  constructor(place: Place, registry: DockerRegistry, imagePath: string, config: string) {
    this.place = place;
    this.registry = registry;
    this.imagePath = imagePath;
    this.#config = config;
  }

  static async open(place: Place): Promise<Connected> {
    // One of its own, because others read the shared one while images change here.
    const storage = await place.directory('storage');
    await cp(content.storage, storage, { recursive: true });
    const registry = await DockerRegistry.start(place, storage);
    const config = join(await place.directory('config'), 'ociregistry.yaml');
    await writeFile(config, JSON.stringify([{ name: registry.host, scheme: 'http' }]));
    return new Connected(place, registry, await place.directory('connected'), config);
  }

  name(image: ImageTree): string {
    return ownName({ registry: this.registry.host, server: '' }, image);
  }

  async load(images: readonly ImageTree[], platform: string): Promise<void> {
    const list = join(await this.place.directory('list'), 'images.txt');
    await writeFile(list, images.map((image) => `${this.name(image)}\n`).join(''));
    const where = ['--image-path', this.imagePath, '--config-path', this.#config];
    await ours(this.place, ['load', list, '--platform', platform, ...where]);
  }

  async export(...args: readonly string[]): Promise<string> {
    const bundle = join(await this.place.directory('bundle'), 'bundle.tar');
    await ours(this.place, ['export', '-o', bundle, '--image-path', this.imagePath, ...args]);
    return bundle;
  }
}

describe('a bundle is read by', () => {
  let place: Place;
  let connected: Connected;
  let bundle: string;

  beforeAll(async () => {
    place = await openPlace();
    connected = await Connected.open(place);
    await connected.load(all, 'all');
    bundle = await connected.export('--all');
    return () => place.close();
  });

  test.each([app, tool, chart])('skopeo: $repository', async (image) => {
    const layout = join(await place.directory('skopeo'), 'layout');
    const from = `oci-archive:${bundle}:${connected.name(image)}`;
    await place.run('skopeo', ['copy', '--quiet', '--all', from, `oci:${layout}:read`]);
    expect(await digestsOfFiles(join(layout, 'blobs/sha256'))).toEqual(everyDigest(image));
  });

  test('podman', async () => {
    const storage = await place.directory('podman');
    const root = join(storage, 'root');
    const podman = (...args: string[]): Promise<Finished> =>
      place.run(
        'podman',
        [
          ...['--root', root, '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'],
          ...['--tmpdir', join(storage, 'tmp'), '--cgroup-manager', 'cgroupfs', ...args],
        ],
        { env: { PATH: process.env['PATH'] ?? '', HOME: storage } },
      );
    await podman('pull', '--quiet', `oci-archive:${bundle}:${connected.name(app)}`);
    await expectUnpacked(join(root, 'vfs/dir'), dataFile, data['linux/amd64']);
    const alone = await connected.export(connected.name(tool));
    expect((await podman('load', '--quiet', '-i', alone)).stdout).toContain(connected.name(tool));
  });

  test('ctr', async () => {
    const images = await connected.export(...[app, dockerApp, tool].map((image) => connected.name(image)));
    const node = await Containerd.start(place, '127.0.0.1:1');
    await node.import(images);
    expect(await node.digests()).toEqual(expect.arrayContaining([...digestsFor(app, 'linux/amd64')]));
    await expectUnpacked(node.snapshots, dataFile, data['linux/amd64']);
    await node.stop();
  });
});

test('a bundle without the platforms that were never cached is read as one of the others', async (context) => {
  const place = await openPlace(context);
  const connected = await Connected.open(place);
  await connected.load([app], 'linux/arm64');
  const bundle = await connected.export('--all');
  const layout = join(await place.directory('skopeo'), 'layout');
  const copy = ['copy', '--quiet', `oci-archive:${bundle}:${connected.name(app)}`, `oci:${layout}:read`];
  const whole = await place.run('skopeo', [...copy, '--all'], { mayFail: true });
  expect(whole.stderr).toContain('no such file or directory');
  await place.run('skopeo', ['--override-os', 'linux', '--override-arch', 'arm64', ...copy]);
  expect(await digestsOfFiles(join(layout, 'blobs/sha256'))).toEqual(
    expect.arrayContaining([...digestsFor(app, 'linux/arm64')]),
  );
});

test('the other side serves every image with no upstream, and then what a differential bundle changes', async (context) => {
  const place = await openPlace(context);
  const connected = await Connected.open(place);
  await connected.load(all, 'all');
  const full = await connected.export('--all');
  const dark = await place.directory('dark');
  const where = ['--image-path', dark];
  expect((await ours(place, ['import', full, ...where])).stdout).toContain('4 images (4 new');

  // A layer on top, as a next build makes it.
  const layout = join(await place.directory('next'), 'layout');
  const to = `docker://${connected.registry.host}/${tool.repository}:next`;
  await place.run('skopeo', [
    ...[
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      `docker://${connected.name(tool)}`,
      `oci:${layout}:next`,
    ],
  ]);
  const addition = await place.directory('addition');
  await mkdir(join(addition, 'srv'), { recursive: true });
  await writeFile(join(addition, 'srv/new.bin'), randomBytes(30_000));
  await place.run('umoci', ['insert', '--image', `${layout}:next`, join(addition, 'srv'), '/srv']);
  await place.run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${layout}:next`, to]);
  const next = await readImageTree(`http://${connected.registry.host}`, tool.repository, 'next');
  await connected.load([next], 'all');
  const inventory = join(await place.directory('inventory'), 'inventory.txt');
  await ours(place, ['inventory', '-o', inventory, ...where]);
  const more = await connected.export('--all', '--have', inventory);
  const sizes = await Promise.all([full, more].map(async (path) => (await stat(path)).size));
  console.info(
    `full ${sizes[0]} bytes, differential ${sizes[1]} bytes, inventory ${(await stat(inventory)).size} bytes`,
  );
  expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) / 20);
  expect((await ours(place, ['import', more, ...where])).stdout).toContain('1 image (1 new');

  await connected.registry.kill();
  const server = await OurServer.start(place, { imagePath: dark, args: ['--air-gapped'] });
  const mirror = { registry: connected.registry.host, server: server.host };
  for (const client of [...skopeoClients.slice(0, 1), ...containerdClients.slice(0, 1)]) {
    for (const image of [...client.images(content), next]) {
      const held = await client.pull(place, mirror, image, content);
      expect(held, `${client.name} ${image.repository}:${image.tag}`).toEqual(client.expected(image));
    }
  }
  expect(await rawManifest(place, pathName(mirror, dockerApp))).not.toBe('');
});
