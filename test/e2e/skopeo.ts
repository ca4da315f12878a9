// skopeo, which copies images by the path form into an OCI layout.
import { join } from 'node:path';
import { digestsOfFiles } from './blob-files.ts';
import type { Client } from './client.ts';
import { pathName } from './client.ts';
import { digestsFor, everyDigest } from './image-tree.ts';
import type { Place } from './place.ts';

/** The bytes of a manifest, as skopeo gets them. */
export async function rawManifest(place: Place, name: string): Promise<string> {
  const { stdout } = await place.run('skopeo', [
    'inspect',
    '--raw',
    '--tls-verify=false',
    `docker://${name}`,
  ]);
  return stdout;
}

function skopeo(platform: string | undefined): Client {
  const choice = platform === undefined ? ['--all'] : [];
  const [os = '', arch = ''] = platform?.split('/') ?? [];
  const override = platform === undefined ? [] : ['--override-os', os, '--override-arch', arch];
  return {
    name: `skopeo copy ${platform ?? '--all'}`,
    // An OCI layout would change Docker's media types, and with them the digests.
    images: ({ app, tool, chart }) => (platform === undefined ? [app, tool, chart] : [app]),
    expected: (image) => (platform === undefined ? everyDigest(image) : digestsFor(image, platform)),
    pull: async (place, mirror, image) => {
      const layout = join(await place.directory('skopeo'), 'layout');
      const [from, to] = [`docker://${pathName(mirror, image)}`, `oci:${layout}:pulled`];
      await place.run('skopeo', [
        ...override,
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        ...choice,
        from,
        to,
      ]);
      return digestsOfFiles(join(layout, 'blobs/sha256'));
    },
  };
}

export const skopeoOfAll = skopeo(undefined);

export const skopeoOfPlatform = skopeo('linux/amd64');

export const skopeoClients: readonly Client[] = [skopeoOfAll, skopeoOfPlatform, skopeo('linux/arm64')];
