// `mirror` on a node: the real clients read what it wrote, with and without fallback, and --undo leaves no trace.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { configFile } from './configured-server.ts';
import { Containerd } from './containerd.ts';
import { DockerRegistry } from './docker-registry.ts';
import { containersTools, mirror, pullBy, snapshot, tryMirror } from './mirrored-node.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';

const content = inject('content');
const image = 'team/app:v1';
const ourUserAgent = /^ociregistry\b/;

/** Two registries under names that resolve nowhere, one under its own, and a server that knows them. */
class Site {
  readonly place: Place;
  readonly registry: DockerRegistry;
  readonly server: OurServer;

  private constructor(place: Place, registry: DockerRegistry, server: OurServer) {
    this.place = place;
    this.registry = registry;
    this.server = server;
  }

  static async open(place: Place): Promise<Site> {
    const registry = await DockerRegistry.start(place, content.storage);
    const endpoints = [{ url: registry.url }];
    const config = await configFile(place, [
      { name: 'docker.io', endpoints },
      { name: 'registry.example.test', endpoints },
      { name: registry.host, scheme: 'http' },
    ]);
    const server = await OurServer.start(place, {
      args: ['--config-path', config, '--log-level', 'info', '--log-format', 'json'],
    });
    return new Site(place, registry, server);
  }

  get registries(): readonly string[] {
    return ['docker.io', 'registry.example.test', this.registry.host];
  }

  /** Of the requests to the registry, those of anybody else. */
  get strangers(): number {
    return this.registry.requests.filter(({ userAgent }) => !ourUserAgent.test(userAgent)).length;
  }
}

let place: Place;
let site: Site;
beforeEach(async (context) => {
  place = await openPlace(context);
  site = await Site.open(place);
});

describe('containerd', () => {
  /** A directory like /etc/containerd, as Debian's package leaves it. */
  async function node(): Promise<string> {
    const directory = await place.directory('etc-containerd');
    await cp('/etc/containerd/config.toml', join(directory, 'config.toml'));
    return directory;
  }

  test.each(['yes', 'no'])('--fallback %s: three registries, by their own names', async (fallback) => {
    const directory = await node();
    const before = await snapshot(directory);
    const args = ['containerd', '--dir', directory, '--server', site.server.url, '--fallback', fallback];
    await mirror(place, ...args);
    const written = await snapshot(directory);
    expect(await mirror(place, ...args)).toContain('nothing to change');
    expect(await snapshot(directory)).toEqual(written);

    const certs = join(directory, 'certs.d');
    const dump = await place.run('containerd', ['-c', join(directory, 'config.toml'), 'config', 'dump']);
    expect(dump.stdout).toContain(`config_path = "${certs}"`);

    const containerd = await Containerd.startWith(place, certs);
    for (const registry of site.registries) await containerd.pull(`${registry}/${image}`, 'linux/amd64');
    expect(site.strangers).toBe(0);
    for (const registry of site.registries) {
      const asked = site.server.requests.filter(({ path }) =>
        path.includes(`ns=${encodeURIComponent(registry)}`),
      );
      expect(asked, registry).not.toEqual([]);
    }

    await site.server.kill();
    const fresh = await Containerd.startWith(place, certs);
    const { status } = await fresh.tryPull(`${site.registry.host}/${image}`);
    expect(status === 0).toBe(fallback === 'yes');
    expect(site.strangers > 0).toBe(fallback === 'yes');

    await mirror(place, 'containerd', '--dir', directory, '--undo');
    expect(await snapshot(directory)).toEqual(before);
  });

  test('only what --registries names comes here', async () => {
    const directory = await node();
    const certs = join(directory, 'certs.d');
    await mirror(place, 'containerd', '--dir', directory, '--server', site.server.url);
    await mirror(
      place,
      'containerd',
      '--dir',
      directory,
      '--server',
      site.server.url,
      '--registries',
      'docker.io',
    );
    const containerd = await Containerd.startWith(place, certs);
    expect(await containerd.tryPull(`docker.io/${image}`)).toMatchObject({ status: 0 });
    expect(site.strangers).toBe(0);
    expect(await containerd.tryPull(`${site.registry.host}/${image}`)).toMatchObject({ status: 0 });
    expect(site.strangers).toBeGreaterThan(0);
  });

  test('the hosts.toml of the Go project works as it stands, and mirror takes it over', async () => {
    const directory = await node();
    const certs = join(directory, 'certs.d');
    await mkdir(join(certs, '_default'), { recursive: true });
    await writeFile(
      join(certs, '_default/hosts.toml'),
      `server = "${site.server.url}"\n\n[host."${site.server.url}"]\n  capabilities = ["pull", "resolve"]\n  skip_verify = true\n`,
    );
    const before = await snapshot(directory);
    const containerd = await Containerd.startWith(place, certs);
    for (const registry of site.registries) await containerd.pull(`${registry}/${image}`, 'linux/amd64');
    expect(site.strangers).toBe(0);
    await mirror(place, 'containerd', '--dir', directory, '--server', site.server.url);
    expect(await snapshot(directory)).not.toEqual(before);
    await mirror(place, 'containerd', '--dir', directory, '--undo');
    expect(await snapshot(directory)).toEqual(before);
  });
});

describe.each(containersTools)('%s', (tool) => {
  test.each(['yes', 'no'])('--fallback %s: three registries, by their own names', async (fallback) => {
    const home = await place.directory('home');
    const directory = join(home, '.config/containers');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'registries.conf'), 'unqualified-search-registries = []\n# theirs\n');
    await cp('/etc/containers/policy.json', join(directory, 'policy.json'));
    const before = await snapshot(directory);
    const registries = site.registries.join(',');
    const args = ['podman', '--dir', directory, '--server', site.server.url, '--registries', registries];
    await mirror(place, ...args, '--fallback', fallback);
    expect(await mirror(place, ...args, '--fallback', fallback)).toContain('nothing to change');

    for (const registry of site.registries) {
      const pulled = await pullBy(place, tool, home, `${registry}/${image}`);
      expect(pulled, registry).toMatchObject({ status: 0 });
    }
    expect(site.strangers).toBe(0);

    await site.server.kill();
    const { status } = await pullBy(place, tool, home, `${site.registry.host}/${image}`, { plain: true });
    expect(status === 0).toBe(fallback === 'yes');
    expect(site.strangers > 0).toBe(fallback === 'yes');

    await mirror(place, 'podman', '--dir', directory, '--undo');
    expect(await snapshot(directory)).toEqual(before);
  });
});

test('doctor: a real pull proves it, and no server, no proof', async () => {
  const directory = await place.directory('etc-containerd');
  const containerd = await Containerd.startWith(place, join(directory, 'certs.d'));
  await mirror(place, 'containerd', '--dir', directory, '--server', site.server.url);
  const env = { PATH: process.env['PATH'] ?? '', CONTAINERD_ADDRESS: containerd.socket };
  const doctor = () =>
    tryMirror(place, env, 'doctor', 'containerd', '--dir', directory, '--server', site.server.url);
  expect(await doctor()).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`a pull came to ${site.server.host}`) as string,
  });
  await site.server.kill();
  expect(await doctor()).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('nothing listens there') as string,
  });
});
