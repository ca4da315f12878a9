// What an endpoint says of its limits: how much is left, and when it wants to be asked again.
import { header } from './body.ts';
import { UpstreamError } from './errors.ts';
import type { Exchange, Lane, Reply } from './transport.ts';

export interface RateLimit {
  readonly limit?: number;
  readonly remaining?: number;
  /** Over how many seconds it counts. */
  readonly windowSeconds?: number;
  /** When it was said. */
  readonly at: Date;
}

/**
 * The rate limit in a reply's headers, as Docker Hub writes them (`76;w=21600`) and others without the window.
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 */
export function parseRateLimit({ headers }: Pick<Reply, 'headers'>, at: Date): RateLimit | undefined {
  const read = (name: string): RegExpExecArray | null =>
    /^(\d{1,9})(?:.*;\s*w=(\d{1,9}))?/.exec(
      header({ headers }, `ratelimit-${name}`) ?? header({ headers }, `x-ratelimit-${name}`) ?? '',
    );
  const limit = read('limit');
  const remaining = read('remaining');
  if (limit === null && remaining === null) return undefined;
  const window = limit?.[2] ?? remaining?.[2];
  return {
    ...(limit !== null && { limit: Number(limit[1]) }),
    ...(remaining !== null && { remaining: Number(remaining[1]) }),
    ...(window !== undefined && { windowSeconds: Number(window) }),
    at,
  };
}

/** How long a limit that is used up is believed at most: nobody says when its window began. */
const SPENT_MS = 60_000;
/** And where nobody says how long the window is, which may be a second. */
const UNKNOWN_WINDOW_S = 1;

/**
 * Respects a limit of which nothing is left: a manifest's GET would be refused, and may count all the same. HEADs go
 * on, since they do not count, and say what is left by then.
 * @throws {UpstreamError} 429, with the time after which it is tried again
 */
export function refuseSpent(
  limit: RateLimit | undefined,
  { method, url }: Pick<Exchange, 'method' | 'url'>,
  now: Date,
): void {
  if (limit?.remaining !== 0 || method !== 'GET' || !url.pathname.includes('/manifests/')) return;
  const believed = Math.min(SPENT_MS, (limit.windowSeconds ?? UNKNOWN_WINDOW_S) * 1000);
  const left = believed - (now.getTime() - limit.at.getTime());
  if (left <= 0 || left > believed) return;
  const reason = `its rate limit${limit.limit === undefined ? '' : ` of ${limit.limit}`} is used up`;
  throw new UpstreamError('status', reason, { method, url, status: 429, retryAfterMs: left });
}

interface Quiet {
  readonly status: number;
  /** Of the monotonic clock. */
  readonly until: number;
}

/**
 * Obeys `Retry-After` of a 429 or 503: until then its lane is not asked, and who asks fails at once with what is left
 * of the time. Each lane for itself, because registries count manifests and not blobs. A blob that has begun may go
 * on: it was counted when it began, its fill waits by itself, and clients hang on it.
 */
export class QuietTimes {
  readonly #lanes = new Map<Lane, Quiet>();

  /** @throws {UpstreamError} with the status that asked for quiet, while it lasts */
  admit(exchange: Pick<Exchange, 'method' | 'url'>, lane: Lane, resumed: boolean): void {
    const quiet = this.#lanes.get(lane);
    if (quiet === undefined || resumed) return;
    const left = quiet.until - performance.now();
    if (left <= 0) {
      this.#lanes.delete(lane);
      return;
    }
    const { method, url } = exchange;
    const reason = `${quiet.status} a while ago; not asked again for ${Math.ceil(left / 1000)} s, as it wants`;
    throw new UpstreamError('status', reason, { method, url, status: quiet.status, retryAfterMs: left });
  }

  /** Learns from a refusal. */
  note({ status, retryAfterMs }: UpstreamError, lane: Lane): void {
    if ((status !== 429 && status !== 503) || retryAfterMs === undefined) return;
    this.#lanes.set(lane, { status, until: performance.now() + retryAfterMs });
  }
}
