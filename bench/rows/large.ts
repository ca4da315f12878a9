// Rows about large blobs that are cached.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { blobPath, manifestPath } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Contestant } from '../contestants/contestant.ts';
import type { Figures } from '../figures.ts';
import type { Row } from '../row.ts';
import { wrk } from '../wrk.ts';
import { largeBlob, measureField, names, urlOf } from './field.ts';

const figure = 'MB/s';
const rate = z.object({ [figure]: z.number() });
const without = {
  [names.withoutSendfile]: { port: ports.oursWithoutSendfile, flags: ['--sendfile', 'off'] },
};

export const large: readonly Row[] = [
  {
    name: 'blob-64m',
    what: 'blob of 64 MiB, 8 clients, warm',
    how: '8 connections of bench/drain.ts that GET the blob again and again, and drop it in the kernel',
    goals: [
      { figure, than: names.dockerRegistry, atLeast: 4 },
      { figure, than: names.goProgram, atLeast: 4 },
      { figure, than: names.nginx, atLeast: 0.9 },
      { figure, of: names.withoutSendfile, than: names.dockerRegistry, atLeast: 1.5 },
      { figure, of: names.withoutSendfile, than: names.goProgram, atLeast: 1.5 },
    ],
    obstacle:
      '86 % of our time is in calls of the kernel, of 2 MiB each: 71 % sendfile, 13 % mincore(2), which keeps other clients from waiting for a disk and which nginx does not ask. nginx itself is not 4 × as fast as docker-registry',
    open: (bench) =>
      measureField(bench, { more: without }, (contestant, image) =>
        download(contestant, blobPath(image, largeBlob), 8, bench.scale.seconds),
      ),
  },
  {
    name: 'blob-64m-64',
    what: 'blob of 64 MiB, 64 clients, warm: what it takes of memory',
    how: '64 connections of bench/drain.ts that GET the blob again and again, and drop it in the kernel',
    goals: [
      { figure: 'RSS MB', atMost: 80 },
      { figure: 'RSS MB', of: names.withoutSendfile, atMost: 80 },
    ],
    obstacle:
      'the pages of the executable that Node touches at start are 80 to 95 MB by themselves; what is ours is under “own”',
    open: (bench) =>
      measureField(bench, { more: without }, (contestant, image) =>
        download(contestant, blobPath(image, largeBlob), 64, bench.scale.seconds),
      ),
  },
  {
    name: 'mixed',
    what: 'manifests on 32 connections beside two clients that download 64 MiB blobs, warm',
    how: 'wrk -t1 -c32 URL, and 2 connections of bench/drain.ts',
    goals: [],
    open: (bench) =>
      measureField(bench, {}, async (contestant, image) => {
        const { seconds } = bench.scale;
        const url = urlOf(contestant, manifestPath(image));
        const [small, bulk] = await Promise.all([
          wrk({ url, connections: 32, seconds }),
          download(contestant, blobPath(image, largeBlob), 2, Math.max(1, Math.ceil(seconds))),
        ]);
        return { ...small, ...bulk };
      }),
  },
];

/** Everything that some clients get of a blob in so many seconds, and the last they have begun. */
export async function download(
  { port, query }: Contestant,
  path: string,
  clients: number,
  seconds: number,
): Promise<Figures> {
  const args = [String(port), path + query, String(clients), String(seconds)];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    'bench/drain.ts',
    ...args,
  ]);
  return rate.parse(JSON.parse(stdout));
}
