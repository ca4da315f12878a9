// What the access log says of one request: one line, at level info.
import type { Log } from '../log/log.ts';
import type { Outcome } from '../registry/answers.ts';

export interface AccessRecord {
  readonly method: string;
  readonly path: string;
  /** Milliseconds, monotonic. */
  readonly started: number;
  status: number;
  /** Of the body, as sent so far. */
  bytes: number;
  outcome?: Outcome;
  /** The registry that was meant. */
  upstream?: string;
  /** The client left, or its connection was destroyed, before the end. */
  aborted: boolean;
}

const MAX_PATH = 1000;

export function newAccessRecord(method: string, path: string): AccessRecord {
  return {
    method,
    path: path.slice(0, MAX_PATH),
    started: performance.now(),
    status: 0,
    bytes: 0,
    aborted: false,
  };
}

export function logAccess(log: Log, record: AccessRecord): void {
  if (!log.enabled('info')) return;
  const { method, path, status, bytes, outcome, upstream, aborted } = record;
  log.info(`${method} ${path}`, {
    status,
    bytes,
    ms: Math.round((performance.now() - record.started) * 10) / 10,
    ...(outcome !== undefined && { cache: outcome }),
    ...(upstream !== undefined && { upstream }),
    ...(aborted && { aborted }),
  });
}
