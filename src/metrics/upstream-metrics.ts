// What upstreams are like, as gauges and counters. Only configured registries have series of their own.
import type { Counter, Gauge } from 'prom-client';
import type { UpstreamStatus } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Instruments } from './instruments.ts';

type Labels = Readonly<Record<'registry' | 'path_prefix' | 'endpoint', string>>;

const other: Labels = { registry: 'other', path_prefix: '', endpoint: '' };
const states = ['closed', 'open', 'half-open'] as const;

interface Amounts {
  readonly bytesFetched: number;
  readonly requests: number;
}

const nothing: Amounts = { bytesFetched: 0, requests: 0 };

export class UpstreamMetrics {
  readonly #up: Gauge;
  readonly #breakerOpen: Gauge;
  readonly #since: Gauge;
  readonly #lastError: Gauge;
  readonly #rateLimit: Gauge;
  readonly #rateRemaining: Gauge;
  readonly #tokenExpiry: Gauge;
  readonly #others: Gauge;
  readonly #received: Counter;
  readonly #requests: Counter;
  /** What was last read of each endpoint: the server forgets upstreams, and what they had counted stays counted. */
  #read = new Map<string, Amounts>();

  constructor(make: Instruments) {
    this.#up = make.gauge(definitions.up);
    this.#breakerOpen = make.gauge(definitions.breakerOpen);
    this.#since = make.gauge(definitions.stateSince);
    this.#lastError = make.gauge(definitions.lastError);
    this.#rateLimit = make.gauge(definitions.rateLimit);
    this.#rateRemaining = make.gauge(definitions.rateRemaining);
    this.#tokenExpiry = make.gauge(definitions.tokenExpiry);
    this.#others = make.gauge(definitions.others);
    this.#received = make.counter(definitions.received);
    this.#requests = make.counter(definitions.requests);
  }

  update(upstreams: readonly UpstreamStatus[]): void {
    this.#countUp(upstreams);
    for (const gauge of this.#ofConfigured()) gauge.reset();
    for (const status of upstreams) if (status.configured) this.#describe(status);
    const others = upstreams.filter(({ configured }) => !configured);
    for (const state of states) {
      this.#others.set({ state }, others.filter((status) => status.state === state).length);
    }
  }

  #ofConfigured(): readonly Gauge[] {
    return [
      this.#up,
      this.#breakerOpen,
      this.#since,
      this.#lastError,
      this.#rateLimit,
      this.#rateRemaining,
      this.#tokenExpiry,
    ];
  }

  #describe(status: UpstreamStatus): void {
    const { state, answered, since, lastError, rateLimit, tokenExpiry } = status;
    const set = (gauge: Gauge, value: number | undefined): void => {
      if (value !== undefined) gauge.set(labelsOf(status), value);
    };
    set(this.#up, state === 'closed' && answered ? 1 : 0);
    set(this.#breakerOpen, state === 'open' ? 1 : 0);
    set(this.#since, seconds(since));
    set(this.#lastError, seconds(lastError?.at));
    set(this.#rateLimit, rateLimit?.limit);
    set(this.#rateRemaining, rateLimit?.remaining);
    set(this.#tokenExpiry, seconds(tokenExpiry?.earliest));
  }

  #countUp(upstreams: readonly UpstreamStatus[]): void {
    const read = new Map<string, Amounts>();
    for (const status of upstreams) {
      const key = JSON.stringify([status.registry, ...Object.values(labelsOf(status))]);
      const before = this.#read.get(key) ?? nothing;
      this.#received.inc(labelsOf(status), grown(before.bytesFetched, status.bytesFetched));
      this.#requests.inc(labelsOf(status), grown(before.requests, status.requests));
      read.set(key, status);
    }
    this.#read = read;
  }
}

/** What is less than before was made anew and began at zero. */
function grown(before: number, now: number): number {
  return now >= before ? now - before : now;
}

function labelsOf({ configured, registry, pathPrefix, endpoint }: UpstreamStatus): Labels {
  return configured ? { registry, path_prefix: pathPrefix ?? '', endpoint } : other;
}

function seconds(date: Date | undefined): number | undefined {
  return date && date.getTime() / 1000;
}
