// The table of upstreams that people read.
import type { Schema } from '../../api/contract.ts';
import { humanSize } from './human-size.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

type Row = Schema<'Upstream'>;

/** Of the error; `--json` has all of it. */
const SHOWN_ERROR = 60;

const columns: readonly Column<Row>[] = [
  {
    title: 'REGISTRY',
    cell: ({ registry, pathPrefix }) => (pathPrefix === undefined ? registry : `${registry}/${pathPrefix}`),
  },
  { title: 'ENDPOINT', cell: endpointWhereDifferent },
  { title: 'STATE', cell: state },
  { title: 'LAST ERROR', cell: lastError },
  { title: 'RATE LIMIT', cell: rateLimit },
  { title: 'TOKEN', cell: tokenExpiry },
  { title: 'FETCHED', right: true, cell: ({ bytesFetched }) => humanSize(bytesFetched) },
  { title: 'REQUESTS', right: true, cell: ({ requests }) => String(requests) },
];

/** Times are counted to and from `now`. */
export function upstreamTable(rows: readonly Row[], now: Date): string {
  if (rows.length === 0) return 'no upstream has been asked since the server started\n';
  return table(columns, rows, now);
}

function endpointWhereDifferent({ registry, endpoint }: Row): string {
  const { host, pathname } = new URL(endpoint);
  return host === registry && pathname === '/' ? '-' : endpoint;
}

function state({ state: breaker, answered, since }: Row, now: Date): string {
  if (breaker === 'closed') return answered ? 'reachable' : 'not heard of yet';
  return breaker === 'open' ? `dark since ${since} (${age(since, now)})` : 'half-open';
}

function lastError({ lastError: last }: Row, now: Date): string {
  if (last === undefined) return '-';
  // It may quote what a registry said, and a terminal would obey it.
  const words = last.reason.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
  const shown = words.length > SHOWN_ERROR ? `${words.slice(0, SHOWN_ERROR)}…` : words;
  return `${shown} (${age(last.at, now)})`;
}

/** `76/100 per 6h`: what is left, of what, in which time. */
function rateLimit({ rateLimit: said }: Row): string {
  if (said === undefined) return '-';
  const { remaining, limit, windowSeconds } = said;
  return `${remaining ?? '?'}/${limit ?? '?'}${windowSeconds === undefined ? '' : ` per ${span(windowSeconds)}`}`;
}

function tokenExpiry({ tokenExpiry: expiry }: Row, now: Date): string {
  if (expiry === undefined) return '-';
  const seconds = Math.round((Date.parse(expiry.earliest) - now.getTime()) / 1000);
  return seconds > 0 ? `in ${span(seconds)}` : 'expired';
}

/** In the largest unit of which there are at least two, or one exactly. */
function span(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const;
  for (const [unit, length] of units) {
    if (seconds === length || seconds >= 2 * length) return `${Math.round(seconds / length)}${unit}`;
  }
  return `${seconds}s`;
}
