// The metrics of one server in Prometheus's text format, made from what it knows at the moment when it is asked.
import { Counter, Gauge, Registry as Prometheus } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
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
export type Measured = Pick<Registry, 'upstreams' | 'missed' | 'missTallies' | 'scrub'>;

export function createMetrics(measured: Measured, version: string): Metrics {
  const prometheus = new Prometheus();
  const gauge = (definition: Definition): Gauge => new Gauge(options(definition, prometheus));
  const counter = (definition: Definition): Counter => new Counter(options(definition, prometheus));

  gauge(definitions.buildInfo).set({ version }, 1);
  const upstreams = new UpstreamMetrics(gauge, counter);
  const misses = new MissMetrics(gauge, counter);
  const scrub = measured.scrub && new ScrubMetrics(gauge, counter);

  return {
    contentType: prometheus.contentType,
    async text() {
      upstreams.update(measured.upstreams());
      misses.update(measured.missTallies, await measured.missed());
      if (measured.scrub !== undefined) scrub?.update(measured.scrub);
      return prometheus.metrics();
    },
  };
}

function options({ name, help, labelNames }: Definition, prometheus: Prometheus) {
  return { name, help, labelNames: [...labelNames], registers: [prometheus] };
}
