// Networks that lose packets, for real: between the server and its upstream, in network namespaces of their own.
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FarNetwork, farAddress } from '../e2e/far-network.ts';
import { serverCommand } from '../e2e/our-server.ts';
import { openPlace } from '../e2e/place.ts';
import type { Place } from '../e2e/place.ts';
import { sha256OfFile } from '../e2e/digest.ts';
import { allows } from './means.ts';
import type { Means } from './means.ts';

const MiB = 1024 * 1024;

interface Site {
  readonly place: Place;
  readonly network: FarNetwork;
  /** The digest of the one large blob that there is. */
  readonly layer: string;
  /** Starts to pull it into a file. */
  readonly pull: (file: string) => Promise<{ readonly status: number | null }>;
  readonly image: () => Promise<string>;
  /** Bytes of it that have come from the upstream, while it is pulled. */
  readonly received: () => Promise<number>;
  readonly pulled: (file: string) => string;
  /** What becomes of a request; without a body, which is thrown away. */
  readonly ask: (path: string, registry?: string) => Promise<string>;
}

interface Terms {
  readonly needs?: readonly Means[];
  /** How many bytes of a blob the upstream sends in a second; default as many as it can. */
  readonly pace?: number;
  /** The registry is known by its name, which a name server on the far side tells; default by its address. */
  readonly named?: boolean;
}

function networked(
  name: string,
  { needs = [], pace, named = false }: Terms,
  play: (site: Site) => Promise<void>,
): void {
  test(name, async (context) => {
    const missing = needs.filter((means) => !allows(means));
    if (missing.length > 0) context.skip(`this machine does not have: ${missing.join(', ')}`);
    const place = await openPlace(context);
    const network = await FarNetwork.open(place);
    if (network === undefined) return context.skip('this machine does not have: network namespaces');
    const registry = named ? 'registry.test:5000' : `${farAddress}:5000`;
    const mock = [
      'mock/main.ts',
      '--host',
      farAddress,
      '--port',
      '5000',
      '--layers',
      '1',
      '--repository',
      'app',
      '--images',
      '4',
    ];
    const content = ['--platforms', 'linux/amd64', '--layer-size', String(8 * MiB)];
    const slowly = pace === undefined ? [] : ['--throttle', String(pace)];
    const upstream = place.daemon(...network.on('far', process.execPath, ...mock, ...content, ...slowly));
    await upstream.says('app-1');
    const config = join(await place.directory('config'), 'ociregistry.yaml');
    await writeFile(config, JSON.stringify([{ name: registry, scheme: 'http' }]));
    const [program, ...first] = serverCommand();
    const where = ['--host', '127.0.0.1', '--port', '8080', '--config-path', config, '--no-complete'];
    const imagePath = await place.directory('images');
    const images = ['--image-path', imagePath, '--log-level', 'info'];
    const asking = named ? await askingFarSide(place, network) : [];
    const [outer = program, ...command] = [...asking, program, ...first, ...where, ...images];
    const server = place.daemon(...network.on('near', outer, ...command));
    await server.says('\nready\n');

    const files = await place.directory('curl');
    const curl = (path: string, ...args: readonly string[]) => {
      const url = `http://127.0.0.1:8080/v2/app-1/${path}?ns=${registry}`;
      return place.run(...network.on('near', 'curl', '--silent', '--show-error', '--fail', ...args, url), {
        mayFail: true,
      });
    };
    const index = JSON.parse((await curl('manifests/latest')).stdout) as {
      manifests: readonly { digest: string }[];
    };
    const child = await curl(`manifests/${index.manifests[0]?.digest ?? ''}`);
    const { layers } = JSON.parse(child.stdout) as { layers: readonly { digest: string }[] };
    const layer = layers[0]?.digest ?? '';
    const pulled = (file: string): string => join(files, file);
    await play({
      place,
      network,
      layer,
      pulled,
      pull: (file) => curl(`blobs/${layer}`, '--output', pulled(file)),
      async received() {
        const pulls = join(imagePath, 'pulls');
        const partial = (await readdir(pulls)).find((name) => name.endsWith('.part'));
        return partial === undefined ? 0 : (await stat(join(pulls, partial))).size;
      },
      image: async () => (await curl('manifests/latest', '--head')).stdout,
      async ask(path, asked = registry) {
        const url = `http://127.0.0.1:8080/v2/${path}?ns=${asked}`;
        const status = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', url];
        return (await place.run(...network.on('near', 'curl', ...status), { mayFail: true })).stdout;
      },
    });
    expect(await server.stop()).toEqual({ status: 0, signal: null });
  });
}

/** What makes a program ask a name server on the far side, and nobody else, where everything is. */
async function askingFarSide(place: Place, network: FarNetwork): Promise<readonly string[]> {
  const script = ['test/faults/name-server.ts', farAddress, farAddress];
  await place.daemon(...network.on('far', process.execPath, ...script)).says('every name');
  const configuration = join(await place.directory('resolver'), 'resolv.conf');
  await writeFile(configuration, `nameserver ${farAddress}\n`);
  const mounted = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', mounted, configuration];
}

/** From now on every tenth packet is lost, both ways. */
async function lose({ place, network }: Site): Promise<void> {
  const loss = ['-m', 'statistic', '--mode', 'random', '--probability', '0.1', '-j', 'DROP'];
  for (const side of ['near', 'far'] as const) {
    await place.run(...network.on(side, 'iptables', '-A', 'INPUT', '-i', 'link0', ...loss));
  }
}

networked(
  'a link that loses one packet in ten: slower, and whole',
  { needs: ['lossy networks'] },
  async (site) => {
    await lose(site);
    const pulls = await Promise.all(['1', '2', '3'].map(site.pull));
    expect(pulls.map(({ status }) => status)).toEqual([0, 0, 0]);
    for (const file of ['1', '2', '3']) expect(await sha256OfFile(site.pulled(file))).toBe(site.layer);
  },
);

networked(
  'a link that is cut in the middle of a body, and comes back: a pause',
  // Slow enough to be cut in the middle.
  { pace: 4 * MiB },
  async (site) => {
    const { network, layer, pull, pulled, image } = site;
    const cut = pull('cut');
    await expect.poll(site.received, { interval: 10 }).toBeGreaterThan(MiB / 4);
    await network.drop();
    const received = await site.received();
    expect(received).toBeLessThan(8 * MiB);
    // Of what is cached, tags too, nobody waits for the link.
    expect(await image()).toMatch(/^HTTP\/1.1 200 /);
    await network.restore();
    expect((await cut).status).toBe(0);
    expect(await sha256OfFile(pulled('cut'))).toBe(layer);
    expect(await image()).toMatch(/^HTTP\/1.1 200 /);
  },
);

networked(
  'a name server that falls silent, three times: what is cached is served, and what is new when it speaks again',
  { needs: ['lossy networks', 'a resolver of its own'], named: true },
  async (site) => {
    const { place, network, layer, pull, pulled, image, ask } = site;
    expect((await pull('before')).status).toBe(0);
    const silence = ['INPUT', '--protocol', 'udp', '--dport', '53', '--jump', 'DROP'];
    for (const round of [2, 3, 4]) {
      await place.run(...network.on('far', 'iptables', '--append', ...silence));
      // More names than there are threads to wait for them.
      let waiting = 8;
      const strangers = Array.from({ length: waiting }, async (_, at) => {
        const status = await ask('app/manifests/v1', `stranger-${round}-${at}.test`);
        waiting -= 1;
        return status;
      });
      const file = `during-${round}`;
      expect((await pull(file)).status).toBe(0);
      expect(await sha256OfFile(pulled(file))).toBe(layer);
      expect(await image()).toMatch(/^HTTP\/1.1 200 /);
      // Nobody who pulls what is here waits with those who do not know where to ask.
      expect(waiting).toBe(8);
      for (const status of await Promise.all(strangers)) expect(status).toMatch(/^50[234]$/);
      await place.run(...network.on('far', 'iptables', '--delete', ...silence));
      await expect.poll(() => ask(`app-${round}/manifests/latest`)).toBe('200');
    }
  },
);
