// What was to be reached, and whether it was.
import { valuesOf } from './figures.ts';
import type { Found } from './figures.ts';
import { median } from './median.ts';

/** Our own server among the contestants, as it is without flags. */
export const ours = 'ociregistry';

export interface Goal {
  readonly figure: string;
  /** Who is to reach it; our server, unless it is another one of ours. */
  readonly of?: string;
  /** Compared with that contestant of the same round; without it, the figure itself counts. */
  readonly than?: string;
  /** How it is compared. */
  readonly by?: 'ratio' | 'difference';
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Verdict {
  readonly goal: string;
  /** The median of the rounds; none where a contestant was not there. */
  readonly reached?: number;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

export function judge(goal: Goal, found: Found): Verdict {
  const { figure, of = ours, than, by = 'ratio', atLeast = -Infinity, atMost = Infinity } = goal;
  const values = valuesOf(found[of], figure);
  const others = than === undefined ? values : valuesOf(found[than], figure);
  const text = textOf(goal);
  if (values.length === 0 || others.length !== values.length) return { goal: text, verdict: 'not measured' };
  // Of each round by itself: what the machine does beside it, it does to both.
  const reached = median(
    values.map((value, round) => {
      const other = others[round] ?? NaN;
      if (than === undefined) return value;
      return by === 'ratio' ? value / other : value - other;
    }),
  );
  return { goal: text, reached, verdict: reached >= atLeast && reached <= atMost ? 'met' : 'missed' };
}

function textOf({ figure, of = ours, than, by = 'ratio', atLeast, atMost }: Goal): string {
  const [sign, bound] = atLeast === undefined ? ['≤', atMost] : ['≥', atLeast];
  const who = of === ours ? '' : ` of ${of}`;
  if (than === undefined) return `${figure}${who} ${sign} ${bound}`;
  return `${figure}${who} ${sign} ${by === 'ratio' ? `${bound} × ${than}` : `${than} + ${bound}`}`;
}
