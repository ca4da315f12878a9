// What was missed, and what a rehearsal would have missed, as counters and gauges.
import type { Counter, Gauge } from 'prom-client';
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';

type Tallies = Registry['missTallies'];
type Missed = Awaited<ReturnType<Registry['missed']>>;

export class MissMetrics {
  readonly #refused: Counter;
  readonly #references: Gauge;
  readonly #rehearsed: Counter;
  readonly #rehearsedReferences: Gauge;

  constructor(gauge: (definition: Definition) => Gauge, counter: (definition: Definition) => Counter) {
    this.#refused = counter(definitions.missed);
    this.#references = gauge(definitions.missedReferences);
    this.#rehearsed = counter(definitions.rehearsed);
    this.#rehearsedReferences = gauge(definitions.rehearsedReferences);
  }

  /** The tallies only grow, and are all that these counters count. */
  update({ refused, rehearsed }: Tallies, missed: Missed): void {
    this.#refused.reset();
    this.#refused.inc(refused);
    for (const [kind, count] of Object.entries(rehearsed)) {
      this.#rehearsed.remove({ kind });
      this.#rehearsed.inc({ kind }, count);
    }
    const noted = missed.filter((entry) => entry.rehearsed).length;
    this.#rehearsedReferences.set(noted);
    this.#references.set(missed.length - noted);
  }
}
