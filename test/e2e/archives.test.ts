// Archives as the real tools write them: they load to the same digests, and are served to a real client with no upstream.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Containerd } from './containerd.ts';
import { sha256, sha256OfFile } from './digest.ts';
import { DockerDaemon } from './docker-daemon.ts';
import { DockerRegistry } from './docker-registry.ts';
import { digestsFor, everyDigest } from './image-tree.ts';
import { OurServer, serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { rawManifest, skopeoOfAll, skopeoOfPlatform } from './skopeo.ts';

const content = inject('content');
const { app } = content;
const platform = 'linux/amd64';
const [manifestOfPlatform = '', configOfPlatform = ''] = app.platforms[platform] ?? [];
const name = 'quay.test/team/app:v1';
const loaded = { ...app, repository: 'team/app', tag: 'v1' };

type Maker = (bench: Bench) => Promise<void>;

interface Bench {
  readonly place: Place;
  /** The image at its registry. */
  readonly origin: string;
  readonly archive: string;
}

async function skopeo({ place, origin }: Bench, to: string, ...options: readonly string[]): Promise<void> {
  const override = ['--override-os', 'linux', '--override-arch', 'amd64'];
  const args = ['copy', '--quiet', '--src-tls-verify=false', ...options, `docker://${origin}`, to];
  await place.run('skopeo', [...override, ...args]);
}

async function podmanSave({ place, origin, archive }: Bench, format: string): Promise<void> {
  const directory = await place.directory('podman');
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory };
  const podman = (...args: readonly string[]) =>
    place.run(
      'podman',
      [
        ...[
          '--root',
          join(directory, 'root'),
          '--runroot',
          join(directory, 'run'),
          '--storage-driver',
          'vfs',
        ],
        ...['--tmpdir', join(directory, 'tmp'), '--cgroup-manager', 'cgroupfs', ...args],
      ],
      { env },
    );
  await podman('pull', '--quiet', '--tls-verify=false', '--os', 'linux', '--arch', 'amd64', origin);
  await podman('tag', origin, name);
  await podman('save', '--quiet', '--format', format, '--output', archive, name);
}

async function ctrExport({ place, origin, archive }: Bench, ...options: readonly string[]): Promise<void> {
  const node = await Containerd.start(place, 'nowhere.test');
  await node.export(origin, name, archive, options);
  await node.stop();
}

async function dockerSave(bench: Bench): Promise<void> {
  const { place, archive } = bench;
  await skopeo(bench, `docker-archive:${archive}.in:${name}`);
  const docker = await DockerDaemon.start(place);
  try {
    await docker.load(`${archive}.in`);
    await docker.save(name, archive);
  } finally {
    await docker.stop();
  }
}

/** Runs one maker of archives against a registry that is gone before its archive is loaded. */
async function made(place: Place, make: Maker): Promise<string> {
  const registry = await DockerRegistry.start(place, content.storage);
  const archive = join(await place.directory('archive'), 'image.tar');
  await make({ place, origin: `${registry.host}/${app.repository}:${app.tag}`, archive });
  await registry.kill();
  return archive;
}

/** Loads an archive, and serves what it brought. */
async function serving(place: Place, archive: string, ...flags: readonly string[]): Promise<OurServer> {
  const imagePath = await place.directory('images');
  const [program, ...first] = serverCommand();
  await place.run(program, [...first, 'load', archive, '--image-path', imagePath, ...flags]);
  return OurServer.start(place, { imagePath, args: ['--air-gapped'] });
}

const mirrorOf = (server: OurServer) => ({ registry: 'quay.test', server: server.host });
const nameOn = (server: OurServer): string => `${server.host}/${name}`;

const ofAll: readonly { readonly name: string; readonly make: Maker }[] = [
  {
    name: 'skopeo copy --all oci-archive:',
    make: (bench) => skopeo(bench, `oci-archive:${bench.archive}:${name}`, '--all'),
  },
  { name: 'ctr image export --all-platforms', make: (bench) => ctrExport(bench, '--all-platforms') },
];

test.for(ofAll)('$name: every digest is that of the registry', async ({ make }, context) => {
  const place = await openPlace(context);
  const server = await serving(place, await made(place, make), '--platform', 'all');
  expect(await skopeoOfAll.pull(place, mirrorOf(server), loaded, content)).toEqual(everyDigest(app));
});

const ofOne: readonly { readonly name: string; readonly make: Maker; readonly root: string }[] = [
  {
    name: 'ctr image export --platform',
    make: (bench) => ctrExport(bench, '--platform', platform),
    root: app.digest,
  },
  {
    name: 'skopeo copy oci-archive:',
    make: (bench) => skopeo(bench, `oci-archive:${bench.archive}:${name}`),
    root: manifestOfPlatform,
  },
];

test.for(ofOne)(
  '$name: the digests of one platform are those of the registry',
  async ({ make, root }, context) => {
    const place = await openPlace(context);
    const server = await serving(place, await made(place, make), '--platform', platform);
    expect(sha256(await rawManifest(place, nameOn(server)))).toBe(root);
    const pulled = await skopeoOfPlatform.pull(place, mirrorOf(server), loaded, content);
    expect(pulled).toEqual(digestsFor(app, platform));
  },
);

interface PulledManifest {
  readonly digest: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Pulls by skopeo into a directory, which changes nothing, and hashes every byte. */
async function pulledWhole(place: Place, server: OurServer): Promise<PulledManifest> {
  const directory = await place.directory('pulled');
  const [from, to] = [`docker://${nameOn(server)}`, `dir:${directory}`];
  await place.run('skopeo', ['copy', '--quiet', '--src-tls-verify=false', from, to]);
  const bytes = await readFile(join(directory, 'manifest.json'));
  const manifest = JSON.parse(bytes.toString()) as Omit<PulledManifest, 'digest'>;
  for (const { digest } of [manifest.config, ...manifest.layers])
    expect(await sha256OfFile(join(directory, digest.slice('sha256:'.length)))).toBe(digest);
  return { ...manifest, digest: sha256(bytes) };
}

test('skopeo docker-archive:, podman save and docker save: the same manifest, of the registry’s config', async (context) => {
  const place = await openPlace(context);
  const makers: readonly Maker[] = [
    (bench) => skopeo(bench, `docker-archive:${bench.archive}:${name}`),
    (bench) => podmanSave(bench, 'docker-archive'),
    dockerSave,
  ];
  const manifests: PulledManifest[] = [];
  for (const make of makers) {
    const server = await serving(place, await made(place, make));
    manifests.push(await pulledWhole(place, server));
    await server.stop();
  }
  const [manifest] = manifests;
  expect(manifest?.config.digest).toBe(configOfPlatform);
  expect(manifest?.layers).toHaveLength(digestsFor(app, platform).length - 2);
  for (const other of manifests) expect(other).toEqual(manifest);
});

test('podman save --format oci-archive: compressed anew, so that the config alone is the registry’s', async (context) => {
  const place = await openPlace(context);
  const archive = await made(place, (bench) => podmanSave(bench, 'oci-archive'));
  const server = await serving(place, archive);
  expect((await pulledWhole(place, server)).config.digest).toBe(configOfPlatform);
});
