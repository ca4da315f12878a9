// A breaker: when an endpoint is dark, everybody fails fast, and a probe in the background finds out when it is back.
import { codeOf, UpstreamError } from './errors.ts';
import type { Exchange } from './transport.ts';

/**
 * closed: it answers. open: it is dark, and nobody asks it but the probe. half-open: a probe was answered, or nobody
 * has asked for so long that nothing is known; clients go through, and the next failure opens it again.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerTimes {
  /** Temporary failures in a row that open it. */
  readonly threshold: number;
  /** A missing answer opens it at once where the last answer is older than this, or there never was one. */
  readonly freshMs: number;
  /** Between probes: from so many milliseconds, doubling, with jitter. */
  readonly probeFirstMs: number;
  readonly probeMostMs: number;
  /** When nobody has wanted it for so long, probing ends: clients may invent registries that never come back. */
  readonly unwantedMs: number;
}

const breakerTimes: BreakerTimes = {
  threshold: 3,
  freshMs: 60_000,
  probeFirstMs: 1000,
  probeMostMs: 30_000,
  unwantedMs: 600_000,
};

/** Nobody answered in all the time that there is for making a connection. */
const connectTimeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

export interface BreakerOptions {
  /** Resolves with any HTTP answer; rejects without one. */
  readonly probe: () => Promise<void>;
  readonly now: () => Date;
  readonly random?: () => number;
  readonly times?: Partial<BreakerTimes>;
}

export class Breaker {
  readonly #probe: () => Promise<void>;
  readonly #now: () => Date;
  readonly #random: () => number;
  readonly #times: BreakerTimes;
  #state: BreakerState = 'closed';
  #since: Date;
  #lastError: string | undefined;
  #failures = 0;
  /** Times for measuring are the monotonic clock's, so that a clock that jumps wedges nothing. */
  #lastAnswer = -Infinity;
  #lastWanted = -Infinity;
  #probes = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ probe, now, random = Math.random, times }: BreakerOptions) {
    this.#probe = probe;
    this.#now = now;
    this.#random = random;
    this.#times = { ...breakerTimes, ...times };
    this.#since = now();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Since when it has been in its state. */
  get since(): Date {
    return this.#since;
  }

  /** Whether it has ever answered without an ailment. */
  get answeredEver(): boolean {
    return this.#lastAnswer > -Infinity;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** @throws {UpstreamError} `dark`, at once, while it is open */
  admit(exchange: Pick<Exchange, 'method' | 'url'>): void {
    this.#lastWanted = performance.now();
    if (this.#state !== 'open') return;
    throw new UpstreamError(
      'dark',
      `not asked, because ${exchange.url.host} has not answered since ${this.#since.toISOString()} ` +
        `(${this.#lastError ?? 'no reason known'}); it is probed until it is back`,
      exchange,
    );
  }

  /** It answered, and not that something ails it. */
  answered(): void {
    this.#lastAnswer = performance.now();
    this.#failures = 0;
    if (this.#state === 'closed') return;
    this.#probes = 0;
    this.#become('closed');
  }

  /**
   * It failed; only what may pass by itself and concerns the endpoint as a whole counts.
   * @param sent when the request was, by the monotonic clock
   */
  failed(error: UpstreamError, sent = -Infinity): void {
    if (!isDarkness(error)) return;
    this.#lastWanted = performance.now();
    this.#lastError = error.reason;
    this.#failures += 1;
    if (this.#closed || this.#state === 'open') return;
    const { threshold, freshMs } = this.#times;
    const silent = error.failure === 'connect' || error.failure === 'timeout';
    const stale = silent && performance.now() - this.#lastAnswer > freshMs;
    // A slow request may be slow by itself, but a connection that cannot be made concerns everybody.
    const unreachable = connectTimeouts.has(codeOf(error) ?? '') && this.#lastAnswer < sent;
    if (this.#state !== 'half-open' && this.#failures < threshold && !stale && !unreachable) return;
    this.#become('open');
    this.#schedule();
  }

  /** Ends probing; a request that is still made goes through. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#state === 'open') this.#become('half-open');
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#since = this.#now();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const { probeFirstMs, probeMostMs } = this.#times;
    const most = Math.min(probeMostMs, probeFirstMs * 2 ** this.#probes);
    this.#probes += 1;
    this.#timer = setTimeout(() => void this.#run(), most * (0.5 + this.#random() / 2)).unref();
  }

  async #run(): Promise<void> {
    if (performance.now() - this.#lastWanted > this.#times.unwantedMs) {
      this.#probes = 0;
      this.#become('half-open');
      return;
    }
    try {
      await this.#probe();
    } catch (error) {
      if (error instanceof UpstreamError) this.#lastError = error.reason;
      if (this.#state === 'open' && !this.#closed) this.#schedule();
      return;
    }
    // What is left of the back-off counts if the very next request fails again.
    if (this.#state === 'open') this.#become('half-open');
  }
}

/** No connection, no answer, or an answer that something ails it; a limit (429) or an absence (404) is a sign of life. */
function isDarkness({ failure, status = 0 }: UpstreamError): boolean {
  if (failure === 'status') return status >= 500;
  return failure === 'connect' || failure === 'timeout' || failure === 'tls';
}
