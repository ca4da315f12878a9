// What the scrub has found, as counters and a gauge.
import type { Counter, Gauge } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';

export class ScrubMetrics {
  readonly #bytes: Counter;
  readonly #damaged: Counter;
  readonly #repaired: Counter;
  readonly #completed: Gauge;

  constructor(gauge: (definition: Definition) => Gauge, counter: (definition: Definition) => Counter) {
    this.#bytes = counter(definitions.scrubbed);
    this.#damaged = counter(definitions.scrubDamaged);
    this.#repaired = counter(definitions.scrubRepaired);
    this.#completed = gauge(definitions.scrubCompleted);
    // Until there was one, there is no time to tell.
    this.#completed.remove();
  }

  /** The numbers only grow, and are all that these counters count. */
  update({ bytes, damaged, repaired, completed }: NonNullable<Registry['scrub']>): void {
    for (const [counter, value] of [
      [this.#bytes, bytes],
      [this.#damaged, damaged],
      [this.#repaired, repaired],
    ] as const) {
      counter.reset();
      counter.inc(value);
    }
    if (completed !== undefined) this.#completed.set(completed.getTime() / 1000);
  }
}
