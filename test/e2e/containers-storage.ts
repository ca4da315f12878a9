// podman and buildah, which keep images in containers-storage, unpacked, and never send `?ns=`.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Mirror } from './client.ts';
import { ownName, pathName } from './client.ts';
import { dataFile } from './content.ts';
import { sha256 } from './digest.ts';
import { digestsFor, sorted } from './image-tree.ts';
import type { Place } from './place.ts';
import { expectUnpacked } from './unpacked.ts';

type Program = 'podman' | 'buildah';
type Form = 'path' | 'mirror';

const platform = 'linux/amd64';

/** The registry is said to be behind our server, by a mirror whose location ends in the registry's name. */
async function registriesConf(place: Place, { registry, server }: Mirror): Promise<string> {
  const path = join(await place.directory('registries'), 'registries.conf');
  await writeFile(
    path,
    [
      'unqualified-search-registries = []',
      '[[registry]]',
      `location = "${registry}"`,
      'insecure = true',
      '[[registry.mirror]]',
      `location = "${server}/${registry.replace(':', '__')}"`,
      'insecure = true',
      '',
    ].join('\n'),
  );
  return path;
}

/** The digests of the image's manifests and config, hashed, and of its layers, which were hashed on their way in. */
async function digestsInStorage(root: string): Promise<readonly string[]> {
  const images = join(root, 'vfs-images');
  const digests: string[] = [];
  for (const { name: image } of (await readdir(images, { withFileTypes: true })).filter((entry) =>
    entry.isDirectory(),
  )) {
    for (const file of await readdir(join(images, image))) {
      const name = file.startsWith('=') ? Buffer.from(file.slice(1), 'base64').toString() : file;
      if (!name.startsWith('signature')) digests.push(sha256(await readFile(join(images, image, file))));
    }
  }
  const layers = JSON.parse(await readFile(join(root, 'vfs-layers/layers.json'), 'utf8')) as readonly {
    readonly 'compressed-diff-digest'?: string;
  }[];
  return sorted([...digests, ...layers.flatMap((layer) => layer['compressed-diff-digest'] ?? [])]);
}

function puller(program: Program, form: Form): Client {
  return {
    name: `${program} pull, by ${form === 'path' ? 'the path' : 'a mirror in registries.conf'}`,
    images: ({ app, dockerApp, tool }) => [app, dockerApp, tool],
    // An image without an index is pulled on any platform.
    expected: (image) => sorted([image.digest, ...digestsFor(image, platform)]),
    pull: async (place, mirror, image, { app, data }) => {
      const storage = await place.directory(program);
      const root = join(storage, 'root');
      const options = ['--root', root, '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'];
      if (program === 'podman')
        options.push('--tmpdir', join(storage, 'tmp'), '--cgroup-manager', 'cgroupfs');
      const [os = '', arch = ''] = platform.split('/');
      const name = form === 'path' ? pathName(mirror, image) : ownName(mirror, image);
      const verify = form === 'path' ? ['--tls-verify=false'] : [];
      await place.run(program, [...options, 'pull', '--quiet', ...verify, '--os', os, '--arch', arch, name], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HOME: storage,
          CONTAINERS_REGISTRIES_CONF: await registriesConf(place, mirror),
        },
      });
      if (image.digest === app.digest) await expectUnpacked(join(root, 'vfs/dir'), dataFile, data[platform]);
      return digestsInStorage(root);
    },
  };
}

export const containersStorageClients: readonly Client[] = [
  puller('podman', 'path'),
  puller('podman', 'mirror'),
  puller('buildah', 'path'),
  puller('buildah', 'mirror'),
];
