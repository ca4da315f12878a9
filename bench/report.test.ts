// What a run says of itself: to people and to programs.
import { expect, test } from 'vitest';
import type { Outcome } from './contest.ts';
import { json, rowText, verdictsText } from './report.ts';
import { resultsText } from './results.ts';
import { rows } from './rows.ts';

const outcome: Outcome = {
  row: { name: 'a', what: 'something', how: 'by hand', goals: [], open: () => Promise.resolve({}) },
  found: {
    ociregistry: [{ 'GET/s': 40_000, 'upstream GETs': 1 }, { 'GET/s': 44_000 }, { 'GET/s': 42_000 }],
    nginx: [{ 'GET/s': 80_000 }, { 'GET/s': 44_000 }, { 'GET/s': 84_000 }],
    direct: [{ 'total ms': 1.5 }],
  },
  verdicts: [
    { goal: 'GET/s ≥ 0.6 × nginx', reached: 0.5, verdict: 'missed' },
    { goal: 'GET/s ≥ 10 × absent', verdict: 'not measured' },
  ],
};

test('a row has medians, half the spread, and the median of the rounds’ ratios', () => {
  const text = rowText(outcome).replaceAll(/ +/g, ' ');
  expect(text).toContain('| ociregistry | 42,000 ±5 % | 1 ±0 % | |');
  expect(text).toContain('| nginx | 80,000 ±25 % (0.5 ×) | | |');
  expect(text).toContain('| direct | | | 1.5 ±0 % |');
  expect(text).toContain('| GET/s ≥ 0.6 × nginx | 0.5 | **missed** |');
  expect(text).toContain('| GET/s ≥ 10 × absent | | not measured |');
});

test('what stands in the way is told of a row that misses a goal, and of no other', () => {
  const hindered: Outcome = { ...outcome, row: { ...outcome.row, obstacle: 'the moon' } };
  const told = '- a: the moon';
  expect(verdictsText([hindered])).toContain(told);
  const met = { goal: 'GET/s ≥ 1', reached: 2, verdict: 'met' } as const;
  expect(verdictsText([{ ...hindered, verdicts: [met] }])).not.toContain(told);
});

test('the results name the machine, each verdict and how it is measured again', () => {
  const text = resultsText({ kernel: '7.1' }, [outcome], 12.3);
  expect(text).toContain('- kernel: 7.1');
  expect(text.replaceAll(/ +/g, ' ')).toContain('| a | GET/s ≥ 0.6 × nginx | 0.5 | **missed** |');
  expect(text).toContain('`make bench ROW=a`');
});

test('JSON has every round', () => {
  const { rows } = JSON.parse(json({}, [outcome])) as { rows: { found: unknown }[] };
  expect(rows[0]?.found).toEqual(outcome.found);
});

test('no two rows have a name', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});
