// The load that the seed's author puts on his server: many images of five small blobs, and ever more who pull them.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '../connection.ts';
import { Content } from '../content.ts';
import type { Image } from '../content.ts';
import { blobPath, manifestPath, tagPath } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { startDockerRegistryProxy } from '../contestants/docker-registry.ts';
import { startUpstream } from '../contestants/nginx.ts';
import { startOurs } from '../contestants/our-server.ts';
import { ours } from '../goal.ts';
import type { Figures } from '../figures.ts';
import type { Bench, Measure, Row } from '../row.ts';
import { afresh } from '../turn.ts';
import { names } from './field.ts';

const PULLERS = [1, 2, 5, 10] as const;
const MOST = 10;

/** Where our server has its images in a turn that needs to know. */
const imagePathIn = (directory: string): string => join(directory, 'images');

export const pullers: readonly Row[] = [
  {
    name: 'pullers',
    what: '1,500 images of five small blobs, pulled through by 10 pullers, then cached by 1 to 10; images a second',
    how: 'a connection of bench/connection.ts for each puller: manifest by tag and by digest, config, blobs',
    goals: [],
    open: async (bench) => {
      const images = await openImages(bench);
      const turn = (start: (bench: Bench) => Promise<Contestant>): Measure => {
        return () => afresh(bench, start, (contestant) => pullTwice(bench, contestant, images));
      };
      return {
        [ours]: turn(startOurs),
        ...(bench.profile === undefined && {
          [names.dockerRegistryProxy]: turn((own) => startDockerRegistryProxy(own, ports.upstream)),
        }),
      };
    },
  },
  {
    name: 'pullers-pruned',
    what: '1,500 images of five small blobs, pulled through by 10 pullers while everything is pruned over and over',
    how: "as pullers; beside it bin/server prune '*', again and again",
    goals: [],
    open: async (bench) => {
      const images = await openImages(bench);
      const start = (own: Bench): Promise<Contestant> =>
        startOurs(own, { imagePath: imagePathIn(own.directory) });
      return {
        [ours]: () =>
          afresh(bench, start, ({ program, port, query }, directory) =>
            program.during(() =>
              whilePruning(imagePathIn(directory), async () => {
                const { rate } = await pull(images, {
                  port,
                  query,
                  count: MOST,
                  until: after(bench),
                  once: true,
                });
                return { 'pulled through /s': rate };
              }),
            ),
          ),
      };
    },
  },
];

async function openImages(bench: Bench): Promise<readonly Image[]> {
  const content = new Content(join(bench.directory, 'www'));
  const images: Image[] = [];
  for (let number = 0; number < bench.scale.images; number += 1)
    images.push(await content.image(`team/app-${number}`, 'v1', [1024, 1024, 1024, 1024]));
  await startUpstream(bench, content.root);
  return images;
}

async function pullTwice(bench: Bench, contestant: Contestant, images: readonly Image[]): Promise<Figures> {
  const { program, port, query } = contestant;
  return await program.during(async () => {
    const cold = await pull(images, { port, query, count: MOST, until: after(bench), once: true });
    const cached = images.slice(0, cold.done);
    const figures: Record<string, number> = { 'pulled through /s': cold.rate };
    for (const count of PULLERS) {
      const { rate } = await pull(cached, { port, query, count, until: after(bench), once: false });
      figures[`cached, ${count} pulling /s`] = rate;
    }
    return figures;
  });
}

interface Pulling {
  readonly port: number;
  readonly query: string;
  readonly count: number;
  /** What is begun before that is ended. */
  readonly until: number;
  /** Each image once; else over and over. */
  readonly once: boolean;
}

/** What so many pullers get in the time they have, each taking the next image. */
async function pull(images: readonly Image[], { port, query, count, until, once }: Pulling) {
  const start = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: count }, async () => {
      using connection = await Connection.open(port);
      while (performance.now() < until && !(once && next >= images.length)) {
        const image = images[next % images.length];
        next += 1;
        if (image === undefined) throw new Error('there is no image to pull');
        await connection.get(tagPath(image) + query);
        await connection.get(manifestPath(image) + query);
        for (const number of image.blobs.keys()) await connection.get(blobPath(image, number) + query);
      }
    }),
  );
  return { done: next, rate: next / ((performance.now() - start) / 1000) };
}

const after = ({ scale }: Bench): number => performance.now() + scale.seconds * 1000;

/** What some work finds while the server on that directory is told to remove everything, as often as it can. */
async function whilePruning(imagePath: string, work: () => Promise<Figures>): Promise<Figures> {
  const ended = new AbortController();
  const pruning = (async () => {
    let prunes = 0;
    for (; !ended.signal.aborted; prunes += 1)
      await promisify(execFile)('bin/server', ['prune', '*', '--image-path', imagePath], {
        maxBuffer: Infinity,
      });
    return prunes;
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await pruning;
  }
}
