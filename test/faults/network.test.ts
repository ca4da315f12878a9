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
const registry = `${farAddress}:5000`;

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
}

interface Terms {
  readonly needs?: readonly Means[];
  /** How many bytes of a blob the upstream sends in a second; default as many as it can. */
  readonly pace?: number;
}

function networked(name: string, { needs = [], pace }: Terms, play: (site: Site) => Promise<void>): void {
  test(name, async (context) => {
    const missing = needs.filter((means) => !allows(means));
    if (missing.length > 0) context.skip(`this machine does not have: ${missing.join(', ')}`);
    const place = await openPlace(context);
    const network = await FarNetwork.open(place);
    if (network === undefined) return context.skip('this machine does not have: network namespaces');
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
    const server = place.daemon(...network.on('near', program, ...first, ...where, ...images));
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
    });
    expect(await server.stop()).toEqual({ status: 0, signal: null });
  });
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
