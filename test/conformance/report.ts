// What the runs of the suite said, as docs/conformance.md tells it.
import type { Spec, SpecState } from './suite.ts';

/** Why specs are skipped, by their name. */
export interface SkipReason {
  readonly of: RegExp;
  readonly why: string;
}

export interface Run {
  readonly title: string;
  readonly specs: readonly Spec[];
  readonly reasons: readonly SkipReason[];
}

/** What must not be: failures, skips without a reason, and runs in which nothing passed. */
export function complaints(runs: readonly Run[]): readonly string[] {
  return runs.flatMap(({ title, specs, reasons }) => [
    ...inState(specs, 'failed').map(({ name, message }) => `${title}: ${name}: ${message}`),
    ...inState(specs, 'skipped')
      .filter(({ name }) => reasonFor(name, reasons) === undefined)
      .map(({ name }) => `${title}: ${name}: skipped, and nobody knows why`),
    ...(inState(specs, 'passed').length === 0 ? [`${title}: nothing passed`] : []),
  ]);
}

/** Markdown: the counts of each run, then each reason with what it skips, and in which runs. */
export function report(origin: string, runs: readonly Run[]): string {
  return [
    `The suite: ${origin}.`,
    '',
    '| | run | passed | failed | skipped |',
    '|---|---|---|---|---|',
    ...runs.map(({ title, specs }, at) => `| ${at + 1} | ${title} | ${counts(specs).join(' | ')} |`),
    '',
    '| skipped | in run | why |',
    '|---|---|---|',
    ...skips(runs).map(({ name, why, numbers }) => `| ${name} | ${numbers.join(', ')} | ${why} |`),
  ].join('\n');
}

interface Skip {
  readonly name: string;
  readonly why: string;
  readonly numbers: readonly number[];
}

function skips(runs: readonly Run[]): readonly Skip[] {
  const found = new Map<string, Skip>();
  for (const [at, { specs, reasons }] of runs.entries())
    // A name may be there twice.
    for (const name of new Set(inState(specs, 'skipped').map((spec) => spec.name))) {
      const why = reasonFor(name, reasons) ?? '?';
      const numbers = found.get(`${name}\n${why}`)?.numbers ?? [];
      found.set(`${name}\n${why}`, { name, why, numbers: [...numbers, at + 1] });
    }
  return [...found.values()];
}

function counts(specs: readonly Spec[]): readonly number[] {
  return (['passed', 'failed', 'skipped'] as const).map((state) => inState(specs, state).length);
}

function inState(specs: readonly Spec[], state: SpecState): readonly Spec[] {
  return specs.filter((spec) => spec.state === state);
}

function reasonFor(name: string, reasons: readonly SkipReason[]): string | undefined {
  return reasons.find(({ of }) => of.test(name))?.why;
}
