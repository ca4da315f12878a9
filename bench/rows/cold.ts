// Rows about blobs that have to be fetched: each turn begins with an empty directory and a fresh server.
import { join } from 'node:path';
import { Connection } from '../connection.ts';
import { Content, blobPath } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { startDockerRegistryProxy } from '../contestants/docker-registry.ts';
import { startFarUpstream } from '../contestants/far-upstream.ts';
import { startNginxCache, startUpstream } from '../contestants/nginx.ts';
import { startOurs } from '../contestants/our-server.ts';
import { ours } from '../goal.ts';
import type { Goal } from '../goal.ts';
import { median } from '../median.ts';
import type { Figures } from '../figures.ts';
import type { Bench, Measure, Row } from '../row.ts';
import type { Scale } from '../scale.ts';
import { afresh } from '../turn.ts';
import { names, pullAll } from './field.ts';

type Start = (bench: Bench, upstream: number) => Promise<Contestant>;

interface Cold {
  readonly name: string;
  readonly what: string;
  readonly clients: (scale: Scale) => number;
  readonly size: (scale: Scale) => number;
  /** Bytes a second from far away; without it, an upstream beside us that has no bound. */
  readonly rate?: number;
  readonly peers: Readonly<Record<string, Start>>;
  readonly goals: readonly Goal[];
  readonly obstacle?: string;
}

/** Blobs that were pulled before, since nobody measures how a program's code is compiled. */
const WARM_UP = 10;
const mine: Start = (bench, upstream) => startOurs(bench, { upstream });
const oneGet: Goal = { figure: 'upstream GETs', atMost: 1 };

export const cold: readonly Row[] = [
  coldRow({
    name: 'cold',
    what: 'blob of 64 MiB, cold, one client, upstream 50 MB/s after 20 ms',
    clients: () => 1,
    size: ({ largeBlob }) => largeBlob,
    rate: 50e6,
    peers: { [names.dockerRegistryProxy]: startDockerRegistryProxy },
    goals: [
      { figure: 'first byte ms', than: names.direct, by: 'difference', atMost: 8 },
      { figure: 'total ms', than: names.direct, atMost: 1.03 },
    ],
  }),
  coldRow({
    name: 'cold-20',
    what: 'blob of 64 MiB, cold, 20 clients, upstream 50 MB/s after 20 ms; direct is one client',
    clients: () => 20,
    size: ({ largeBlob }) => largeBlob,
    rate: 50e6,
    peers: { [names.nginxCache]: startNginxCache },
    goals: [oneGet, { figure: 'total ms', than: names.direct, atMost: 1.05 }],
  }),
  coldRow({
    name: 'cold-1000',
    // As many bytes a second in all as with 20 clients: it is not the loopback that is measured.
    what: 'blob of 2 MiB, cold, 1,000 clients, upstream 1 MB/s after 20 ms; direct is one client',
    clients: ({ crowd }) => crowd,
    size: ({ crowdBlob }) => crowdBlob,
    rate: 1e6,
    peers: { [names.nginxCache]: startNginxCache },
    goals: [oneGet, { figure: 'total ms', than: names.direct, atMost: 1.05 }],
    obstacle:
      'the one core is full: a third of it are the kernel’s sends to a thousand sockets as the bytes come, a tenth asking what is in memory; no other function has 5 %',
  }),
  coldRow({
    name: 'cold-512m',
    what: 'blob of 512 MiB, cold, one client, upstream without bound',
    clients: () => 1,
    size: ({ hugeBlob }) => hugeBlob,
    peers: { [names.dockerRegistryProxy]: startDockerRegistryProxy, [names.nginxCache]: startNginxCache },
    goals: [{ figure: 'MB/s', than: names.dockerRegistryProxy, atLeast: 1 }],
    obstacle:
      'the one core is full: 37 % SHA-256, 20 % the threads that write, 35 % the loop that receives and sends (perf(1), one run). The hashing thread overlaps with the rest only where it has a core',
  }),
];

function coldRow({ name, what, clients, size, rate, peers, goals, obstacle }: Cold): Row {
  return {
    name,
    what,
    how: 'a fresh server with an empty directory, of which ten small blobs were pulled; as many connections of bench/connection.ts that GET the blob at once',
    goals,
    ...(obstacle !== undefined && { obstacle }),
    open: async (bench) => {
      const content = new Content(join(bench.directory, 'www'));
      const image = await content.image('app', 'v1', [size(bench.scale)]);
      const before = await content.image('app', 'before', Array<number>(WARM_UP).fill(256 * 1024));
      const path = blobPath(image, 1);
      const upstream =
        rate === undefined
          ? await startUpstream(bench, content.root)
          : await startFarUpstream(bench, content.root, rate);
      const port = rate === undefined ? ports.upstream : ports.farUpstream;
      // It has read the file before anybody is measured.
      await pull(port, path, 1);
      const turn = (start: Start): Measure => {
        return () =>
          afresh(
            bench,
            (own) => start(own, port),
            async (contestant) => {
              await pullAll(contestant, before);
              await upstream.blobGets();
              const figures = await contestant.program.during(() =>
                pull(contestant.port, path + contestant.query, clients(bench.scale)),
              );
              return { ...figures, 'upstream GETs': await upstream.blobGets() };
            },
          );
      };
      const started = bench.profile === undefined ? peers : {};
      return {
        [ours]: turn(mine),
        ...Object.fromEntries(Object.entries(started).map(([peer, start]) => [peer, turn(start)])),
        [names.direct]: () => pull(port, path, 1),
      };
    },
  };
}

/** How long clients wait who all ask at once, each on its connection. */
async function pull(port: number, path: string, clients: number): Promise<Figures> {
  const connections = await Promise.all(Array.from({ length: clients }, () => Connection.open(port)));
  try {
    const start = performance.now();
    const answers = await Promise.all(connections.map((connection) => connection.get(path)));
    const total = performance.now() - start;
    return {
      'first byte ms': median(answers.map(({ firstByte }) => firstByte)) * 1000,
      'total ms': total,
      'MB/s': answers.reduce((sum, { bytes }) => sum + bytes, 0) / 1000 / total,
    };
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
}
