// Rows about small things that are cached: 64 connections that are kept, each asking as soon as it is answered.
import { blobPath, manifestPath, tagPath } from '../content.ts';
import type { Image } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Goal } from '../goal.ts';
import type { Row } from '../row.ts';
import { wrk } from '../wrk.ts';
import { largeBlob, measureField, names, smallBlob, urlOf } from './field.ts';

const CONNECTIONS = 64;
const figure = 'GET/s';

interface Hit {
  readonly name: string;
  readonly what: string;
  readonly path: (image: Image) => string;
  readonly range?: string;
  readonly goals?: readonly Goal[];
  readonly obstacle?: string;
  readonly byTag?: boolean;
}

function hit({ name, what, path, range, goals = [], obstacle, byTag = false }: Hit): Row {
  const headers = range === undefined ? {} : { Range: range };
  return {
    name,
    what,
    how: `wrk -t1 -c${CONNECTIONS}${range === undefined ? '' : ` -H 'Range: ${range}'`} URL`,
    goals,
    ...(obstacle !== undefined && { obstacle }),
    open: (bench) =>
      measureField(
        bench,
        {
          proxy: true,
          ...(byTag && {
            more: { [names.revalidating]: { port: ports.oursRevalidating, revalidate: 'always' } },
          }),
        },
        (contestant, image) =>
          wrk({
            url: urlOf(contestant, path(image)),
            connections: CONNECTIONS,
            seconds: bench.scale.seconds,
            headers,
          }),
      ),
  };
}

const byBlob =
  (number: number) =>
  (image: Image): string =>
    blobPath(image, number);

export const hits: readonly Row[] = [
  hit({
    name: 'manifest',
    what: 'manifest by digest, warm',
    path: manifestPath,
    goals: [
      { figure, than: names.dockerRegistry, atLeast: 35 },
      { figure, than: names.distribution, atLeast: 10 },
      { figure, than: names.goProgram, atLeast: 10 },
      { figure, than: names.nginx, atLeast: 0.6 },
    ],
    obstacle:
      'more than a third of our time is the kernel’s writev, and no other function has 5 %. 10 × distribution 3 is as fast as nginx here',
  }),
  hit({
    name: 'blob-1k',
    what: 'blob of 1 KiB, warm',
    path: byBlob(smallBlob),
    goals: [
      { figure, than: names.dockerRegistry, atLeast: 35 },
      { figure, than: names.goProgram, atLeast: 4 },
      { figure, than: names.nginx, atLeast: 0.6 },
    ],
  }),
  hit({ name: 'tag', what: 'manifest by tag, warm', path: tagPath, byTag: true }),
  hit({
    name: 'range',
    what: '64 KiB from the midst of a large blob, warm',
    path: byBlob(largeBlob),
    range: 'bytes=1000000-1065535',
  }),
];
