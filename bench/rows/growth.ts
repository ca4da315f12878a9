// The row about servers that hold ever more images: how soon they are ready, their memory, hits, and what reads all of it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seededRandom } from '../../src/oci/seeded-random.ts';
import { Connection } from '../connection.ts';
import { ourCommand, startOurs } from '../contestants/our-server.ts';
import { fillDirectory, registry } from '../filled-directory.ts';
import type { FilledImage } from '../filled-directory.ts';
import { median } from '../median.ts';
import type { Figures } from '../figures.ts';
import type { Bench, Measure, Row } from '../row.ts';
import { whole } from '../scale.ts';

/** Hits of each kind, one after the other on one connection. */
const HITS = 3000;
const [few = 0, , most = 0] = whole.growth;
const holding = (count: number): string => `${count.toLocaleString('en')} images`;
const [small, large] = [holding(few), holding(most)];

export const growth: readonly Row[] = [
  {
    name: 'growth',
    what: 'a server that is started with 100, 1,000 and 10,000 images of six small blobs',
    how: 'bench/filled-directory.ts; GETs one after the other on one connection of bench/connection.ts; list, prune --dry-run',
    goals: [
      { figure: 'ready ms', of: large, atMost: 1000 },
      // 10 KB an image.
      { figure: 'RSS MB', of: large, than: small, by: 'difference', atMost: ((most - few) * 10) / 1000 },
      // It does not grow; the rest is noise.
      ...['manifest µs', 'tag µs', 'config µs'].map((figure) => ({
        figure,
        of: large,
        than: small,
        atMost: 1.2,
      })),
    ],
    obstacle:
      'a start without images takes 0.2 s; the rest goes into 30,000 records that are opened, read and parsed and 20,000 blobs that are looked at, 20 µs each',
    open: async (bench) => {
      const measures: Record<string, Measure> = {};
      for (const count of bench.profile === undefined ? bench.scale.growth : bench.scale.growth.slice(-1)) {
        const imagePath = join(bench.directory, String(count));
        const images = await fillDirectory(imagePath, count);
        measures[holding(count)] = () => turn(bench, imagePath, images);
      }
      return measures;
    },
  },
];

async function turn(bench: Bench, imagePath: string, images: readonly FilledImage[]): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const start = performance.now();
  const { program, port } = await startOurs({ ...bench, stack }, { imagePath, flags: ['--air-gapped'] });
  const ready = performance.now() - start;
  const started = await program.sinceStart();
  const paths: Readonly<Record<string, (image: FilledImage) => string>> = {
    'manifest µs': ({ repository, digest }) => `/v2/${repository}/manifests/${digest}`,
    'tag µs': ({ repository, tag }) => `/v2/${repository}/manifests/${tag}`,
    'config µs': ({ repository, config }) => `/v2/${repository}/blobs/${config}`,
  };
  using connection = await Connection.open(port);
  const latencies: Record<string, number> = {};
  for (const [figure, path] of Object.entries(paths)) {
    // Few enough to be in memory, from all over the directory.
    const random = seededRandom(1);
    const chosen = Array.from({ length: 100 }, () => images[random.below(images.length)] as FilledImage);
    const times: number[] = [];
    for (let done = 0; done < HITS; done += 1) {
      const image = chosen[done % chosen.length] as FilledImage;
      const { total } = await connection.get(`${path(image)}?ns=${registry}`);
      times.push(total * 1e6);
    }
    latencies[figure] = median(times);
  }
  return {
    'ready ms': ready,
    ...latencies,
    'catalog ms': (await connection.get('/v2/_catalog?n=1000')).total * 1000,
    'list ms': await milliseconds(bench, ['list'], imagePath),
    'prune ms': await milliseconds(bench, ['prune', '--dry-run', '--not-pulled-since', '1d'], imagePath),
    ...started,
  };
}

/** How long a command of ours takes, its own start included. */
async function milliseconds(bench: Bench, args: readonly string[], imagePath: string): Promise<number> {
  const { profile: _, ...unprofiled } = bench;
  const [program = '', ...flags] = ourCommand(unprofiled);
  const start = performance.now();
  await promisify(execFile)(program, [...flags, ...args, '--image-path', imagePath], {
    maxBuffer: Infinity,
  });
  return performance.now() - start;
}
