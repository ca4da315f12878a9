// The metrics of one server in Prometheus's text format, made from what it knows at the moment when it is asked.
import { collectDefaultMetrics, Registry as Prometheus } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { cacheMetrics } from './cache-metrics.ts';
import type { MeasuredCache } from './cache-metrics.ts';
import { definitions } from './definitions.ts';
import { Instruments } from './instruments.ts';
import { missMetrics } from './miss-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { Access } from './request-metrics.ts';
import { scrubMetrics } from './scrub-metrics.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** To be told of every request of the distribution API when it has been answered. */
  readonly measure: (access: Access) => void;
}

/** What is measured. */
export type Measured = MeasuredCache &
  Pick<Registry, 'upstreams' | 'space' | 'isConfigured' | 'missed' | 'missTallies' | 'scrub'>;

/** Bytes of blobs that went to clients, by the way they went. */
export interface BytesSent {
  readonly sendfile: number;
  readonly read: number;
}

export interface MetricsOptions {
  readonly sent: BytesSent;
  readonly version: string;
  /** Whether to tell of the process as well: its memory, its event loop. Nobody ends that measuring but the process. */
  readonly ofProcess?: boolean;
}

export function createMetrics(
  measured: Measured,
  { sent, version, ofProcess = false }: MetricsOptions,
): Metrics {
  const prometheus = new Prometheus();
  const make = new Instruments(prometheus);
  make.gauge(definitions.buildInfo).set({ version }, 1);
  const requests = new RequestMetrics(make, (registry) => measured.isConfigured(registry));
  const updateCache = cacheMetrics(make);
  const updateMisses = missMetrics(make);
  const updateScrub = measured.scrub && scrubMetrics(make);
  const upstreams = new UpstreamMetrics(make);
  const sentBytes = make.mirror(definitions.sent);
  if (ofProcess) collectDefaultMetrics({ register: prometheus });

  return {
    contentType: prometheus.contentType,
    async text() {
      updateCache(measured, await measured.space());
      upstreams.update(measured.upstreams());
      updateMisses(measured.missTallies, await measured.missed());
      if (measured.scrub !== undefined) updateScrub?.(measured.scrub);
      for (const way of ['sendfile', 'read'] as const) sentBytes({ way }, sent[way]);
      return prometheus.metrics();
    },
    measure: (access) => requests.measure(access),
  };
}
