// What the upstream registry holds: images of real files, made by the programs that people make images with.
import { randomBytes } from 'node:crypto';
import { access, cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DockerRegistry } from './docker-registry.ts';
import { sha256 } from './digest.ts';
import { makeLayout } from './image-layout.ts';
import type { ImageTree } from './image-tree.ts';
import { digestsFor, readImageTree } from './image-tree.ts';
import type { Place } from './place.ts';

/** A file of the top layer, which differs by platform. */
export const dataFile = 'srv/data.bin';

export const platforms = ['linux/amd64', 'linux/arm64'] as const;
export type ContentPlatform = (typeof platforms)[number];

export interface Content {
  /** a directory of docker-registry with everything below in it; to be read only */
  readonly storage: string;
  /** an index of two platforms that share their two lower layers */
  readonly app: ImageTree;
  /** the same in Docker's media types */
  readonly dockerApp: ImageTree;
  /** one platform, and only the lowest layer of `app` */
  readonly base: ImageTree;
  /** an image manifest without an index, four levels deep, under a tag with capitals */
  readonly tool: ImageTree;
  /** an OCI artifact that is no image */
  readonly chart: ImageTree;
  /** the digest of `dataFile` in `app` */
  readonly data: Readonly<Record<ContentPlatform, string>>;
}

const DATA_BYTES = 10 * 1024 * 1024;
const programs = [
  '/bin/bash',
  '/bin/cat',
  '/bin/cp',
  '/bin/ls',
  '/bin/tar',
  '/usr/bin/find',
  '/usr/bin/sort',
];
const settings = [
  '/etc/passwd',
  '/etc/group',
  '/etc/hosts',
  '/etc/profile',
  '/etc/debian_version',
  '/etc/ssl/certs',
];

/** Makes the images and pushes them. */
export async function makeContent(place: Place, registry: DockerRegistry, storage: string): Promise<Content> {
  const roots = await place.directory('roots');
  await copyExisting(programs, join(roots, 'base/bin'));
  await copyExisting(settings, join(roots, 'etc/etc'));
  const data = { 'linux/amd64': '', 'linux/arm64': '' };
  for (const platform of platforms) {
    const bytes = randomBytes(DATA_BYTES);
    data[platform] = sha256(bytes);
    const root = join(roots, platform);
    await mkdir(join(root, 'srv'), { recursive: true });
    await writeFile(join(root, dataFile), bytes);
  }

  const push = async (layout: string, name: string, ...options: string[]): Promise<ImageTree> => {
    const [repository = '', tag = ''] = name.split(':');
    const to = `docker://${registry.host}/${name}`;
    await place.run('skopeo', [
      'copy',
      '--quiet',
      '--dest-tls-verify=false',
      ...options,
      `oci:${layout}`,
      to,
    ]);
    return readImageTree(registry.url, repository, tag);
  };

  const { app, base } = await buildApp(place, roots);
  const content: Content = {
    storage,
    app: await push(`${app}:v1`, 'team/app:v1', '--all'),
    dockerApp: await push(`${app}:v1`, 'team/docker-app:v1', '--all', '--format', 'v2s2'),
    base: await push(`${base}:v1`, 'team/base:v1'),
    tool: await push(`${await makeTool(place, roots)}:one`, 'deep/down/below/tool:V1.0-RC'),
    chart: await push(await makeChart(place, roots), 'team/chart:0.1.0'),
    data,
  };
  const inApp = new Set(digestsFor(content.app, 'linux/amd64'));
  if (digestsFor(content.base, 'linux/amd64').filter((digest) => inApp.has(digest)).length !== 1) {
    throw new Error(`app and base share no layer: ${JSON.stringify(content)}`);
  }
  return content;
}

/** Three layers by buildah, on each platform; the lowest alone is the base. */
async function buildApp(
  place: Place,
  roots: string,
): Promise<{ readonly app: string; readonly base: string }> {
  const storage = await place.directory('buildah');
  const layouts = await place.directory('layouts');
  const buildah = (...args: string[]) =>
    place.run('buildah', [
      ...['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'],
      ...args,
    ]);
  const layered = async (from: string, arch: string, layer: string, image: string): Promise<void> => {
    await buildah('from', '--arch', arch, '--name', image, from);
    await buildah('copy', '--quiet', image, join(roots, layer), '/');
    await buildah('commit', '--quiet', '--rm', image, image);
  };
  await buildah('manifest', 'create', 'app');
  for (const platform of platforms) {
    const [os = '', arch = ''] = platform.split('/');
    await layered('scratch', arch, 'base', `base-${arch}`);
    await layered(`localhost/base-${arch}`, arch, 'etc', `etc-${arch}`);
    await layered(`localhost/etc-${arch}`, arch, platform, `app-${arch}`);
    const image = `containers-storage:localhost/app-${arch}`;
    await buildah('manifest', 'add', '--os', os, '--arch', arch, 'app', image);
  }
  const [app, base] = [join(layouts, 'app'), join(layouts, 'base')];
  await buildah('manifest', 'push', '--quiet', '--all', 'app', `oci:${app}:v1`);
  await buildah('push', '--quiet', 'localhost/base-amd64', `oci:${base}:v1`);
  return { app, base };
}

/** By umoci. */
async function makeTool(place: Place, roots: string): Promise<string> {
  const layout = join(await place.directory('layouts'), 'tool');
  await place.run('umoci', ['init', '--layout', layout]);
  await place.run('umoci', ['new', '--image', `${layout}:one`]);
  for (const directory of ['bin', 'etc']) {
    const source = join(roots, directory === 'bin' ? 'base' : 'etc', directory);
    await place.run('umoci', ['insert', '--image', `${layout}:one`, source, `/${directory}`]);
  }
  return layout;
}

/** By hand: skopeo carries any artifact, but nothing here makes one. */
async function makeChart(place: Place, roots: string): Promise<string> {
  const { image } = await makeLayout(place, {
    config: {
      mediaType: 'application/vnd.cncf.helm.config.v1+json',
      bytes: '{"name":"chart","version":"0.1.0"}',
    },
    layers: [
      { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: randomBytes(100_000) },
    ],
    annotations: { made: basename(roots) },
  });
  return image;
}

async function copyExisting(paths: readonly string[], into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) await cp(path, join(into, basename(path)), { recursive: true, dereference: true });
  }
}
