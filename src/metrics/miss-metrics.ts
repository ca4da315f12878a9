// What was missed, and what a rehearsal would have missed, as counters and gauges.
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Instruments } from './instruments.ts';

type Tallies = Registry['missTallies'];
type Missed = Awaited<ReturnType<Registry['missed']>>;

/** @returns what brings them up to date */
export function missMetrics(make: Instruments): (tallies: Tallies, missed: Missed) => void {
  const refused = make.mirror(definitions.missed);
  const references = make.gauge(definitions.missedReferences);
  const rehearsed = make.mirror(definitions.rehearsed);
  const rehearsedReferences = make.gauge(definitions.rehearsedReferences);

  return (tallies, missed) => {
    refused({}, tallies.refused);
    for (const [kind, count] of Object.entries(tallies.rehearsed)) rehearsed({ kind }, count);
    const noted = missed.filter((entry) => entry.rehearsed).length;
    rehearsedReferences.set(noted);
    references.set(missed.length - noted);
  };
}
