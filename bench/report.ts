// What was found, for people (Markdown) and for programs (JSON).
import type { Outcome } from './contest.ts';
import { valuesOf } from './figures.ts';
import type { Found } from './figures.ts';
import type { Verdict } from './goal.ts';
import type { Machine } from './machine.ts';
import { median, spread } from './median.ts';
import type { Figures } from './figures.ts';

/** A row for people: its figures, then its goals. */
export function rowText({ row, found, verdicts }: Outcome): string {
  const text = [`### ${row.name}: ${row.what}`, '', ...figuresTable(found), ''];
  if (verdicts.length > 0) text.push(...table(['goal', 'reached', ''], verdicts.map(verdictCells)), '');
  text.push(`\`make bench ROW=${row.name}\`: ${row.how}.`, '');
  return text.join('\n');
}

/** Every goal with its verdict, ahead of the rows. */
export function verdictsText(outcomes: readonly Outcome[]): string {
  const cells = outcomes.flatMap(({ row, verdicts }) =>
    verdicts.map((verdict) => [row.name, ...verdictCells(verdict)]),
  );
  const obstacles = outcomes.flatMap(({ row: { name, obstacle }, verdicts }) =>
    obstacle !== undefined && verdicts.some(({ verdict }) => verdict === 'missed')
      ? [`- ${name}: ${obstacle}`]
      : [],
  );
  const goals = table(['row', 'goal', 'reached', ''], cells);
  if (obstacles.length === 0) return goals.join('\n');
  return [
    ...goals,
    '',
    'What stands in the way, as `make profile` and looks at memory showed:',
    '',
    ...obstacles,
  ].join('\n');
}

export function json(machine: Machine, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ row: { name, what, how }, found, verdicts }) => ({
    name,
    what,
    how,
    found,
    verdicts,
  }));
  return `${JSON.stringify({ machine, rows }, null, 2)}\n`;
}

/** The median of each figure, its spread, and how ours compares: the median of the rounds' ratios. */
function figuresTable(found: Found): readonly string[] {
  const [first = []] = Object.values(found);
  const names = [...new Set(Object.values(found).flatMap((rounds) => rounds.flatMap(Object.keys)))];
  return table(
    ['', ...names],
    Object.entries(found).map(([contestant, rounds]) => [
      contestant,
      ...names.map((figure) => cell(rounds, first, figure)),
    ]),
  );
}

function cell(rounds: readonly Figures[], first: readonly Figures[], figure: string): string {
  const values = valuesOf(rounds, figure);
  if (values.length === 0) return '';
  const text = `${number(median(values))} ±${Math.round(spread(values) * 50)} %`;
  const mine = valuesOf(first, figure);
  if (rounds === first || mine.length !== values.length) return text;
  const ratio = median(values.map((value, round) => (mine[round] ?? NaN) / value));
  return Number.isFinite(ratio) ? `${text} (${number(ratio)} ×)` : text;
}

const verdictCells = ({ goal, reached, verdict }: Verdict): readonly string[] => [
  goal,
  reached === undefined ? '' : number(reached),
  verdict === 'missed' ? '**missed**' : verdict,
];

/** Three digits that count. */
function number(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)));
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
