// Rows about many at once: slow readers, idle connections, downloads.
import { join } from 'node:path';
import { Connection } from '../connection.ts';
import { Content, blobPath, manifestPath } from '../content.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { ports } from '../contestants/contestant.ts';
import { startDockerRegistryProxy } from '../contestants/docker-registry.ts';
import { startUpstream } from '../contestants/nginx.ts';
import { startOurs } from '../contestants/our-server.ts';
import { ours } from '../goal.ts';
import type { Figures } from '../figures.ts';
import type { Bench, Measure, Row } from '../row.ts';
import { afresh } from '../turn.ts';
import { wrk } from '../wrk.ts';
import { largeBlob, measureField, names, urlOf } from './field.ts';
import { download } from './large.ts';

const SIP_EVERY_MS = 1000;
/** Connections are opened so many at a time, so that nobody's backlog is what is measured. */
const BATCH = 250;

export const many: readonly Row[] = [
  {
    name: 'slow',
    what: '1,000 clients that read 64 MiB at 1 KB/s, and one beside them that reads as fast as it can, warm',
    how: '1,000 slow connections of bench/connection.ts and a quick one of bench/drain.ts; the quick one alone before',
    goals: [{ figure: 'RSS MB', atMost: 200 }],
    obstacle:
      'the pages of the executable are 80 to 95 MB of it. A waiting response takes 8 KiB of buffer and about 25 KiB of JavaScript’s heap: a socket, a request, a response and what waits',
    open: (bench) =>
      measureField(bench, {}, async (contestant, image) => {
        const path = blobPath(image, largeBlob);
        const quick = (): Promise<Figures> => download(contestant, path, 1, bench.scale.seconds);
        const { 'MB/s': alone = NaN } = await quick();
        const beside = await besideSlow(contestant, path, bench.scale.crowd, quick);
        return { ...beside, 'MB/s alone': alone };
      }),
  },
  {
    name: 'idle',
    what: '10,000 connections that are idle, and manifests on one beside them, warm',
    how: '10,000 connections of bench/connection.ts that have asked once; wrk -t1 -c1 URL',
    goals: [],
    open: (bench) =>
      measureField(bench, {}, async (contestant, image) => {
        const { idle, seconds } = bench.scale;
        const path = manifestPath(image);
        const connections = await openMany(idle, () => Connection.open(contestant.port));
        try {
          for (const connection of connections) await connection.get(path + contestant.query);
          return await wrk({ url: urlOf(contestant, path), connections: 1, seconds });
        } finally {
          close(connections);
        }
      }),
  },
  {
    name: 'fills',
    what: '200 blobs of 1 MiB, cold, all at once, upstream without bound',
    how: 'a fresh server with an empty directory; 200 connections of bench/connection.ts, each for a blob of its own',
    goals: [],
    open: async (bench) => {
      const content = new Content(join(bench.directory, 'www'));
      const { fills } = bench.scale;
      const image = await content.image('app', 'v1', Array<number>(fills).fill(1024 * 1024));
      const upstream = await startUpstream(bench, content.root);
      const turn = (start: (bench: Bench) => Promise<Contestant>): Measure => {
        return () =>
          afresh(bench, start, async ({ program, port, query }) => {
            await upstream.blobGets();
            const figures = await program.during(async () => {
              const connections = await openMany(fills, () => Connection.open(port));
              const begun = performance.now();
              await Promise.all(
                connections.map((connection, number) => connection.get(blobPath(image, number + 1) + query)),
              );
              const total = performance.now() - begun;
              close(connections);
              return { 'total ms': total };
            });
            return { ...figures, 'upstream GETs': await upstream.blobGets() };
          });
      };
      return {
        [ours]: turn(startOurs),
        ...(bench.profile === undefined && {
          [names.dockerRegistryProxy]: turn((own) => startDockerRegistryProxy(own, ports.upstream)),
        }),
      };
    },
  },
];

/** What some work finds while a crowd reads a kilobyte each second. */
async function besideSlow(
  { port, query }: Contestant,
  path: string,
  count: number,
  work: () => Promise<Figures>,
): Promise<Figures> {
  const slow = await openMany(count, () => Connection.openSlow(port));
  // They never get to the end; that they are cut off then is what is meant.
  for (const connection of slow) connection.get(path + query).catch(() => undefined);
  const sips = setInterval(() => {
    for (const connection of slow) connection.sip();
  }, SIP_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(sips);
    close(slow);
  }
}

async function openMany(count: number, open: () => Promise<Connection>): Promise<readonly Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const missing = Math.min(BATCH, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: missing }, open))));
  }
  return connections;
}

function close(connections: readonly Connection[]): void {
  for (const connection of connections) connection[Symbol.dispose]();
}
