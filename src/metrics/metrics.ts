// The metrics of one server in Prometheus's text format, made from what it knows at the moment when it is asked.
import { Counter, Gauge, Registry as Prometheus } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { CacheMetrics } from './cache-metrics.ts';
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** What is measured. */
export type Measured = Pick<Registry, 'upstreams' | 'missed' | 'refusals' | 'blobBytes' | 'evictions'>;

/** Bytes of blobs that went to clients, by the way they went. */
export interface BytesSent {
  readonly sendfile: number;
  readonly read: number;
}

export function createMetrics(measured: Measured, sent: BytesSent, version: string): Metrics {
  const prometheus = new Prometheus();
  const gauge = (definition: Definition): Gauge => new Gauge(options(definition, prometheus));
  const counter = (definition: Definition): Counter => new Counter(options(definition, prometheus));

  gauge(definitions.buildInfo).set({ version }, 1);
  const upstreams = new UpstreamMetrics(gauge, counter);
  const cache = new CacheMetrics(gauge, counter);
  const missed = counter(definitions.missed);
  const missedReferences = gauge(definitions.missedReferences);
  let refusals = 0;
  const sentBytes = counter(definitions.sent);
  const counted = { sendfile: 0, read: 0 };

  return {
    contentType: prometheus.contentType,
    async text() {
      upstreams.update(measured.upstreams());
      cache.update(measured);
      missed.inc(measured.refusals - refusals);
      ({ refusals } = measured);
      for (const way of ['sendfile', 'read'] as const) {
        sentBytes.inc({ way }, sent[way] - counted[way]);
        counted[way] = sent[way];
      }
      missedReferences.set(measured.missed().length);
      return prometheus.metrics();
    },
  };
}

function options({ name, help, labelNames }: Definition, prometheus: Prometheus) {
  return { name, help, labelNames: [...labelNames], registers: [prometheus] };
}
