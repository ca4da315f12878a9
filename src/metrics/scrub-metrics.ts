// What the scrub has found, as counters and a gauge.
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Instruments } from './instruments.ts';

/** @returns what brings them up to date */
export function scrubMetrics(make: Instruments): (scrub: NonNullable<Registry['scrub']>) => void {
  const bytes = make.mirror(definitions.scrubbed);
  const damaged = make.mirror(definitions.scrubDamaged);
  const repaired = make.mirror(definitions.scrubRepaired);
  const completed = make.gauge(definitions.scrubCompleted);
  // Until there was one, there is no time to tell.
  completed.remove();

  return (scrub) => {
    bytes({}, scrub.bytes);
    damaged({}, scrub.damaged);
    repaired({}, scrub.repaired);
    if (scrub.completed !== undefined) completed.set(scrub.completed.getTime() / 1000);
  };
}
