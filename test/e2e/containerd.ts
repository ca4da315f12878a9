// containerd with everything of its own, which asks its mirror for any registry with `?ns=`.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestsOfFiles } from './blob-files.ts';
import type { Client, Mirror } from './client.ts';
import { ownName } from './client.ts';
import { dataFile } from './content.ts';
import type { Daemon } from './daemon.ts';
import { digestsFor, everyDigest, sorted } from './image-tree.ts';
import type { Place } from './place.ts';
import type { Finished } from './tool.ts';
import { expectUnpacked } from './unpacked.ts';

/** Of no use here, and some of them need what a sandbox does not have. */
const disabledPlugins = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
];

/** One node of a cluster, with nothing on it. */
export class Containerd {
  readonly #place: Place;
  readonly #daemon: Daemon;
  readonly #directory: string;
  /** Where it looks for hosts.toml files. */
  readonly #hosts: string;

  private constructor(place: Place, daemon: Daemon, directory: string, hosts: string) {
    this.#place = place;
    this.#daemon = daemon;
    this.#directory = directory;
    this.#hosts = hosts;
  }

  /** With a hosts.toml of its own that leads everything to a server. */
  static async start(place: Place, server: string): Promise<Containerd> {
    const hosts = await place.directory('hosts');
    await mkdir(join(hosts, '_default'));
    await writeFile(
      join(hosts, '_default/hosts.toml'),
      [
        `server = "http://${server}"`,
        `[host."http://${server}"]`,
        'capabilities = ["pull", "resolve"]',
        '',
      ].join('\n'),
    );
    return Containerd.startWith(place, hosts);
  }

  /** With the hosts.toml files that somebody wrote. */
  static async startWith(place: Place, hosts: string): Promise<Containerd> {
    const directory = await place.directory('containerd');
    const config = join(directory, 'config.toml');
    await writeFile(
      config,
      [
        'version = 2',
        `root = "${directory}/root"`,
        `state = "${directory}/state"`,
        `disabled_plugins = ${JSON.stringify(disabledPlugins)}`,
        '[grpc]',
        `address = "${directory}/containerd.sock"`,
        '[ttrpc]',
        `address = "${directory}/ttrpc.sock"`,
        '',
      ].join('\n'),
    );
    const daemon = place.daemon('containerd', ['-c', config]);
    await daemon.says('containerd successfully booted');
    return new Containerd(place, daemon, directory, hosts);
  }

  /** `ctr content fetch` of all platforms: manifests and blobs, nothing unpacked. */
  async fetch(name: string): Promise<void> {
    await this.#ctr('content', 'fetch', ...this.#mirrored, '--all-platforms', name);
  }

  /** The same, as this user, or as nobody; any exit status is an answer. */
  tryFetch(name: string, user?: string): Promise<Finished> {
    const who = user === undefined ? [] : ['--user', user];
    const args = ['content', 'fetch', ...who, ...this.#mirrored, '--all-platforms', name];
    return this.#place.run('ctr', [...this.#address, ...args], { mayFail: true });
  }

  /** `ctr image pull`: one platform, unpacked. */
  async pull(name: string, platform: string): Promise<void> {
    const options = ['--snapshotter', 'native', '--platform', platform];
    await this.#ctr('image', 'pull', ...this.#mirrored, ...options, name);
  }

  /** What `ctr` says when it asks for a manifest; whoever is asked without our server is asked in plain HTTP. */
  tryPull(name: string): Promise<Finished> {
    const options = ['--plain-http', '--snapshotter', 'native', '--platform', 'linux/amd64'];
    return this.#place.run('ctr', [...this.#address, 'image', 'pull', ...this.#mirrored, ...options, name], {
      mayFail: true,
    });
  }

  /** From the registry itself, past the server under test. */
  async pullPast(name: string, platform: string): Promise<void> {
    await this.#ctr('image', 'pull', '--plain-http', '--snapshotter', 'native', '--platform', platform, name);
  }

  /** `ctr images import` of an OCI layout as tar: all its names, unpacked. */
  async import(archive: string): Promise<void> {
    await this.#ctr('images', 'import', '--snapshotter', 'native', archive);
  }

  /** Fetches all platforms past the server under test, and writes some of them to an archive under another name. */
  async export(from: string, name: string, archive: string, options: readonly string[]): Promise<void> {
    await this.#ctr('content', 'fetch', '--plain-http', '--all-platforms', from);
    await this.#ctr('image', 'tag', from, name);
    await this.#ctr('image', 'export', ...options, archive, name);
  }

  /** Everything in the content store, hashed. */
  digests(): Promise<readonly string[]> {
    return digestsOfFiles(join(this.#directory, 'root/io.containerd.content.v1.content/blobs/sha256'));
  }

  /** Where the layers of what was pulled lie, one root file system each. */
  get snapshots(): string {
    return join(this.#directory, 'root/io.containerd.snapshotter.v1.native/snapshots');
  }

  get socket(): string {
    return join(this.#directory, 'containerd.sock');
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
  }

  get #address(): readonly string[] {
    return ['--address', this.socket];
  }

  get #mirrored(): readonly string[] {
    return ['--hosts-dir', this.#hosts];
  }

  async #ctr(...args: string[]): Promise<void> {
    await this.#place.run('ctr', [...this.#address, ...args]);
  }
}

async function onFreshNode<T>(
  place: Place,
  { server }: Mirror,
  work: (node: Containerd) => Promise<T>,
): Promise<T> {
  const node = await Containerd.start(place, server);
  try {
    return await work(node);
  } finally {
    await node.stop();
  }
}

const fetching: Client = {
  name: 'ctr content fetch',
  images: ({ app, dockerApp, tool, chart }) => [app, dockerApp, tool, chart],
  expected: everyDigest,
  pull: (place, mirror, image) =>
    onFreshNode(place, mirror, async (node) => {
      await node.fetch(ownName(mirror, image));
      return node.digests();
    }),
};

function pulling(platform: 'linux/amd64' | 'linux/arm64'): Client {
  return {
    name: `ctr image pull ${platform}`,
    images: ({ app }) => [app],
    expected: (image) => sorted([image.digest, ...digestsFor(image, platform)]),
    pull: (place, mirror, image, { data }) =>
      onFreshNode(place, mirror, async (node) => {
        await node.pull(ownName(mirror, image), platform);
        await expectUnpacked(node.snapshots, dataFile, data[platform]);
        return node.digests();
      }),
  };
}

export const containerdClients: readonly Client[] = [fetching, pulling('linux/amd64')];
