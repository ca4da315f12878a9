// What is known of one request when it has been answered: for the access log, one line at level info, and the metrics.
import type { Log } from '../log/log.ts';
import type { Access } from '../metrics/request-metrics.ts';

/** Fills while the request is answered. */
export interface AccessRecord extends Access {
  readonly method: string;
  readonly path: string;
  /** Milliseconds, monotonic. */
  readonly started: number;
  status: number;
  bytes: number;
  kind: Access['kind'];
  outcome?: NonNullable<Access['outcome']>;
  upstream?: string;
  aborted: boolean;
  firstByteMs: number;
  ms: number;
}

/** Takes what is known of each request, once it has been answered. */
export type Measure = (access: Access) => void;

const MAX_PATH = 1000;

export function newAccessRecord(method: string, path: string): AccessRecord {
  return {
    method,
    path: path.slice(0, MAX_PATH),
    started: performance.now(),
    status: 0,
    bytes: 0,
    kind: 'other',
    aborted: false,
    firstByteMs: 0,
    ms: 0,
  };
}

/** The answer begins to be sent. */
export function beginAnswer(record: AccessRecord, status: number): void {
  record.status = status;
  record.firstByteMs = performance.now() - record.started;
}

/** The answer has been sent, or as much of it as could be. */
export function endAccess(record: AccessRecord, log: Log, measure: Measure): void {
  record.ms = performance.now() - record.started;
  measure(record);
  if (!log.enabled('info')) return;
  const { method, path, status, bytes, ms, outcome, upstream, aborted } = record;
  log.info(`${method} ${path}`, {
    status,
    bytes,
    ms: Math.round(ms * 10) / 10,
    ...(outcome !== undefined && { cache: outcome }),
    ...(upstream !== undefined && { upstream }),
    ...(aborted && { aborted }),
  });
}
