// The container image: built, looked through, pulled through the server that it holds, run, and loaded where nothing can be pulled.
import { access, chown, lstat, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pathName } from './client.ts';
import { Containerd } from './containerd.ts';
import { curl } from './curl.ts';
import { DockerRegistry } from './docker-registry.ts';
import type { ImageTree } from './image-tree.ts';
import { digestsFor, readImageTree, sorted } from './image-tree.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { freePort } from './port.ts';

const clone = resolve(import.meta.dirname, '../..');
const user = 65532;
/** This machine's own processor; `make image` knows how to name it. */
const arch = process.arch === 'x64' ? 'amd64' : process.arch;

let place: Place;
/** The environment with a storage of images that is this journey's own. */
let env: Record<string, string>;
let archive: string;
let root: string;
let name: string;

beforeAll(async () => {
  place = await openPlace();
  const storage = await place.directory('storage');
  const conf = join(storage, 'storage.conf');
  await writeFile(
    conf,
    `[storage]\ndriver = "vfs"\ngraphroot = "${storage}/root"\nrunroot = "${storage}/run"\n`,
  );
  // The make that runs the tests has its own flags, and says where it enters and leaves.
  const {
    MAKEFLAGS: _flags,
    MFLAGS: _old,
    MAKELEVEL: _level,
    ...outer
  } = process.env as Record<string, string>;
  env = {
    ...outer,
    CONTAINERS_STORAGE_CONF: conf,
  };
  const options = { cwd: clone, env, timeout: 110_000 };
  const made = await place.run('make', ['image-tar', `ARCHS=${arch}`], options);
  archive = join(clone, made.stdout.trimEnd().split('\n').at(-1) ?? '');
  root = join(clone, `build/linux-${arch}/image/root`);
  name = `localhost/ociregistry:${/-(\d+\.\d+\.\d+)-image/.exec(archive)?.[1] ?? ''}`;
});
afterAll(() => place.close());
beforeEach((context) => place.tellOnFailure(context));

test('its files: one executable besides the dynamic linker, no shell, nothing that anybody may change', async () => {
  const paths = await readdir(root, { recursive: true });
  const entries = await Promise.all(
    paths.map(async (path) => ({ path, status: await lstat(join(root, path)) })),
  );
  const files = entries.filter(({ status }) => !status.isDirectory());
  expect(files.every(({ status }) => status.isFile())).toBe(true);
  const modes = (mode: number) => entries.filter(({ status }) => (status.mode & mode) !== 0);
  // Set-user-ID, set-group-ID, and writing by anybody but root.
  expect(modes(0o6022)).toEqual([]);
  const executables = files.filter(({ status }) => (status.mode & 0o111) !== 0).map(({ path }) => path);
  expect(executables).toHaveLength(2);
  expect(executables).toEqual(
    expect.arrayContaining(['bin/server', expect.stringMatching(/^lib.*\/ld-linux/)]),
  );
  expect(await readFile(join(root, 'etc/passwd'), 'utf8')).toMatch(new RegExp(`^ociregistry:x:${user}:`));
  // Certificates by the hundred, and a licence for each package.
  const certificates = await readFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
  expect(certificates.split('BEGIN CERTIFICATE').length).toBeGreaterThan(100);
  for (const each of await readdir(join(root, 'var/lib/dpkg/status.d'))) {
    await access(join(root, 'usr/share/doc', each, 'copyright'));
  }
});

test('in it all is root’s, but the one directory that the server writes', async () => {
  const directory = await place.directory('layers');
  await place.run('skopeo', ['copy', '--quiet', `oci-archive:${archive}`, `dir:${directory}`]);
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  const layers = manifest.layers.map(({ digest }) => join(directory, digest.replace('sha256:', '')));
  const listed = await Promise.all(
    layers.map((layer) => place.run('tar', ['--numeric-owner', '-tvf', layer])),
  );
  const lines = listed.flatMap(({ stdout }) => stdout.trimEnd().split('\n'));
  expect(lines.length).toBeGreaterThan(20);
  const foreign = lines.filter((line) => line.split(/\s+/)[1] !== '0/0');
  expect(foreign).toEqual([expect.stringMatching(`^drwxr-xr-x ${user}/${user} .* var/lib/ociregistry/$`)]);
});

test('its configuration: a user by number, and what a registry shows', async () => {
  const { stdout } = await place.run('skopeo', ['inspect', '--config', `oci-archive:${archive}`]);
  expect(JSON.parse(stdout)).toMatchObject({
    os: 'linux',
    architecture: arch,
    config: {
      User: `${user}:${user}`,
      Entrypoint: ['/bin/server'],
      Volumes: { '/var/lib/ociregistry': {} },
      Labels: {
        'org.opencontainers.image.title': 'ociregistry',
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-modified)?$/) as string,
      },
    },
  });
});

test('for another processor, all of it is that one’s', async () => {
  const other = arch === 'amd64' ? 'arm64' : 'amd64';
  const directory = `build/linux-${other}/image`;
  await place.run('make', [directory], { cwd: clone, env });
  const files = await readdir(join(clone, directory, 'root'), { recursive: true });
  const binaries = files.filter((path) => /^bin\/server$|\.so\.\d+$/.test(path));
  expect(binaries.length).toBeGreaterThan(5);
  const { stdout } = await place.run('readelf', [
    '--file-header',
    ...binaries.map((path) => join(clone, directory, 'root', path)),
  ]);
  const machines = stdout.match(/(?<=Machine:\s+)\S.*/g) ?? [];
  expect(machines).toHaveLength(binaries.length);
  expect(new Set(machines)).toEqual(
    new Set([other === 'arm64' ? 'AArch64' : 'Advanced Micro Devices X86-64']),
  );
});

test('the same commit gives the same image', async () => {
  const digest = async (): Promise<string> => {
    const { stdout } = await place.run('skopeo', [
      'inspect',
      '--format',
      '{{.Digest}}',
      `oci-archive:${archive}`,
    ]);
    return stdout.trim();
  };
  const before = await digest();
  await place.run(
    'make',
    [
      '-B',
      '-o',
      'bin/server',
      '-o',
      `build/linux-${arch}/server`,
      '-o',
      'node_modules/.package-lock.json',
      'image-tar',
      `ARCHS=${arch}`,
    ],
    { cwd: clone, env },
  );
  expect(await digest()).toBe(before);
});

describe('in a registry', () => {
  let registry: DockerRegistry;
  let server: OurServer;
  let image: ImageTree;

  beforeAll(async () => {
    registry = await DockerRegistry.start(place, await place.directory('registry'));
    server = await OurServer.start(place, { registries: [registry.host] });
    const to = `docker://${registry.host}/ociregistry/ociregistry:v1`;
    await place.run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci-archive:${archive}`, to]);
    image = await readImageTree(registry.url, 'ociregistry/ociregistry', 'v1');
  });

  test('containerd pulls it through this server', async () => {
    const node = await Containerd.start(place, server.host);
    await node.pull(`${registry.host}/ociregistry/ociregistry:v1`, `linux/${arch}`);
    expect(await node.digests()).toEqual(sorted([image.digest, ...digestsFor(image, `linux/${arch}`)]));
    await node.stop();
  });

  test('podman pulls it through this server, and runs it on a read-only root', async (context) => {
    const storage = await place.directory('podman');
    const podman = [
      ...['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'],
      ...['--tmpdir', join(storage, 'tmp'), '--cgroup-manager', 'cgroupfs'],
    ];
    const pulled = pathName({ registry: registry.host, server: server.host }, image);
    await place.run('podman', [...podman, 'pull', '--quiet', '--tls-verify=false', pulled]);
    const images = await place.directory('images');
    await chown(images, user, user);
    const port = await freePort();
    const bare = [...podman, 'run', '--rm', '--network=host', '--read-only', '--cap-drop=all'];
    // The limits that podman would set are above those of a sandbox.
    const limits = [
      '--security-opt=no-new-privileges',
      '--ulimit=nofile=1024:1024',
      '--ulimit=nproc=4096:4096',
    ];
    const volume = [`--volume=${images}:/var/lib/ociregistry`, `--env=OCIREGISTRY_PORT=${port}`];
    const works = await place.run('podman', [...bare, ...limits, pulled, '--version'], { mayFail: true });
    if (works.stderr.includes('OCI permission denied')) return context.skip('podman runs no container here');
    expect(works).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ociregistry /) as string });

    const container = place.daemon('podman', [
      ...bare,
      '--name=served',
      ...limits,
      ...volume,
      pulled,
      '--host',
      '127.0.0.1',
    ]);
    await container.says('\nready\n');
    expect(container.output).toContain(`running as    ${user}:${user}`);
    expect(await curl(place, `http://127.0.0.1:${port}/v2/`)).toMatchObject({ status: 200 });
    const shell = await place.run('podman', [...podman, 'exec', 'served', '/bin/sh', '-c', 'true'], {
      mayFail: true,
    });
    expect(shell.status).toBe(127);
    await place.run('podman', [...podman, 'stop', '--time=20', 'served']);
    expect(await container.exited).toEqual({ status: 0, signal: null });
    expect(await readdir(images)).toContain('ociregistry-layout.json');
  });
});

test('a node that can pull nothing gets it from the archive, pinned, and again', async () => {
  const node = await Containerd.start(place, '127.0.0.1:1');
  const ctr = { ...env, CTR: `ctr --address ${node.socket}` };
  for (const _ of ['once', 'again']) {
    const { stdout } = await place.run(join(clone, 'deploy/side-load.sh'), [archive], { env: ctr });
    expect(stdout).toBe(`${name} is loaded, and pinned\n`);
  }
  const { stdout } = await place.run('ctr', [
    '--address',
    node.socket,
    '--namespace',
    'k8s.io',
    'images',
    'list',
  ]);
  const [, ...lines] = stdout.trimEnd().split('\n');
  expect(lines).toEqual([expect.stringMatching(`^${name} .*io.cri-containerd.pinned=pinned`)]);
  await node.stop();
});
