// What requests were like, told of each when it has been answered. No series depends on what a client makes up.
import type { Counter, Histogram } from 'prom-client';
import type { Outcome } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Instruments } from './instruments.ts';

/** One request that has been answered. */
export interface Access {
  readonly kind: 'manifest' | 'blob' | 'other';
  readonly status: number;
  readonly outcome?: Outcome;
  /** The registry that was meant. */
  readonly upstream?: string;
  /** Of the body, as sent. */
  readonly bytes: number;
  /** The client left, or its connection was destroyed, before the end. */
  readonly aborted: boolean;
  /** From the request to the beginning of the answer, and to its end. */
  readonly firstByteMs: number;
  readonly ms: number;
}

/** From then on only those are named that somebody has configured. */
const MAX_NAMESPACES = 100;
const other = 'other';

export class RequestMetrics {
  readonly #isConfigured: (registry: string) => boolean;
  readonly #namespaces = new Set<string>();
  readonly #hits: Counter;
  readonly #errors: Counter;
  readonly #pulls: Readonly<Record<'manifest' | 'blob', Counter>>;
  readonly #cachedPulls: Counter;
  readonly #upstreamPulls: Counter;
  readonly #duration: Histogram;
  readonly #firstByte: Histogram;
  readonly #served: Counter;
  readonly #stale: Counter;

  constructor(make: Instruments, isConfigured: (registry: string) => boolean) {
    this.#isConfigured = isConfigured;
    this.#cachedPulls = make.counter(definitions.cachedPulls);
    this.#upstreamPulls = make.counter(definitions.upstreamPulls);
    this.#pulls = {
      manifest: make.counter(definitions.manifestPulls),
      blob: make.counter(definitions.blobPulls),
    };
    this.#hits = make.counter(definitions.apiHits);
    this.#errors = make.counter(definitions.apiErrors);
    this.#duration = make.histogram(definitions.requestDuration);
    this.#firstByte = make.histogram(definitions.firstByte);
    this.#served = make.counter(definitions.served);
    this.#stale = make.counter(definitions.stale);
  }

  measure(access: Access): void {
    const { kind, status, outcome, upstream, bytes, firstByteMs, ms } = access;
    const labels = { kind, outcome: ending(access) };
    this.#duration.observe(labels, ms / 1000);
    this.#firstByte.observe(labels, firstByteMs / 1000);
    this.#hits.inc();
    if (kind !== 'other') this.#pulls[kind].inc();
    if (status >= 400) this.#errors.inc();
    if (status >= 400 || outcome === undefined) return;
    this.#served.inc({ source: sourceOf(kind, outcome) }, bytes);
    if (outcome === 'stale') this.#stale.inc();
    if (kind !== 'manifest' || upstream === undefined) return;
    const pulls = outcome === 'miss' ? this.#upstreamPulls : this.#cachedPulls;
    pulls.inc({ ns: this.#namespace(upstream) });
  }

  /** Only what has given us a manifest gets here, and a client who owns a domain can have many of those as well. */
  #namespace(registry: string): string {
    if (this.#namespaces.has(registry)) return registry;
    if (this.#namespaces.size >= MAX_NAMESPACES && !this.#isConfigured(registry)) return other;
    this.#namespaces.add(registry);
    return registry;
  }
}

function ending({ aborted, status, outcome }: Access): Outcome | 'aborted' | 'failed' | 'refused' | 'none' {
  if (aborted) return 'aborted';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  return outcome ?? 'none';
}

function sourceOf(kind: Access['kind'], outcome: Outcome): 'cache' | 'fill' | 'upstream' {
  if (outcome === 'direct') return 'upstream';
  if (outcome !== 'miss' && outcome !== 'joined') return 'cache';
  return kind === 'blob' ? 'fill' : 'upstream';
}
