// The metrics of one server in Prometheus's text format, made from what it knows at the moment when it is asked.
import { Counter, Gauge, Registry as Prometheus } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { CacheMetrics } from './cache-metrics.ts';
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';
import { MissMetrics } from './miss-metrics.ts';
import { ScrubMetrics } from './scrub-metrics.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** What is measured. */
export type Measured = Pick<
  Registry,
  'upstreams' | 'missed' | 'missTallies' | 'scrub' | 'blobBytes' | 'evictions'
>;

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
  const misses = new MissMetrics(gauge, counter);
  const scrub = measured.scrub && new ScrubMetrics(gauge, counter);
  const sentBytes = counter(definitions.sent);
  const counted = { sendfile: 0, read: 0 };

  return {
    contentType: prometheus.contentType,
    async text() {
      upstreams.update(measured.upstreams());
      cache.update(measured);
      misses.update(measured.missTallies, await measured.missed());
      if (measured.scrub !== undefined) scrub?.update(measured.scrub);
      for (const way of ['sendfile', 'read'] as const) {
        sentBytes.inc({ way }, sent[way] - counted[way]);
        counted[way] = sent[way];
      }
      return prometheus.metrics();
    },
  };
}

function options({ name, help, labelNames }: Definition, prometheus: Prometheus) {
  return { name, help, labelNames: [...labelNames], registers: [prometheus] };
}
