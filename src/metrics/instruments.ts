// Makes what prom-client counts with, from the definitions of metrics.
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry as Prometheus } from 'prom-client';
import type { Definition } from './definitions.ts';

/** Seconds, from an answer out of memory to a large blob over a thin line. */
const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

type Of<Type extends Definition['type']> = Definition & { readonly type: Type };

export class Instruments {
  readonly #prometheus: Prometheus;

  constructor(prometheus: Prometheus) {
    this.#prometheus = prometheus;
  }

  counter(definition: Of<'counter'>): Counter {
    return new Counter(this.#options(definition));
  }

  gauge(definition: Of<'gauge'>): Gauge {
    return new Gauge(this.#options(definition));
  }

  histogram(definition: Of<'histogram'>): Histogram {
    return new Histogram({ ...this.#options(definition), buckets: SECONDS });
  }

  /** A counter of what is counted elsewhere: it is set to a sum that only grows. */
  mirror(definition: Of<'counter'>): (labels: Readonly<Record<string, string>>, sum: number) => void {
    const counter = this.counter(definition);
    const sums = new Map<string, number>();
    return (labels, sum) => {
      const key = JSON.stringify(labels);
      counter.inc(labels, sum - (sums.get(key) ?? 0));
      sums.set(key, sum);
    };
  }

  #options({ name, help, labelNames }: Definition) {
    return { name, help, labelNames: [...labelNames], registers: [this.#prometheus] };
  }
}
