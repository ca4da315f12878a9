// The report of the conformance suite: what it complains of, and what it tells.
import { describe, expect, test } from 'vitest';
import { complaints, report } from './conformance/report.ts';
import type { Run } from './conformance/report.ts';
import type { Spec } from './conformance/suite.ts';

const passed: Spec = { name: 'Pull GET', state: 'passed', message: '' };
const setup: Spec = { name: 'Pull Setup PUT', state: 'skipped', message: '' };
const run = (title: string, ...specs: readonly Spec[]): Run => ({
  title,
  specs,
  reasons: [{ of: /^Pull Setup /, why: 'it is there' }],
});

describe('complaints', () => {
  const rows: readonly (readonly [name: string, run: Run, complaints: readonly string[]])[] = [
    ['none', run('cold', passed, setup), []],
    [
      'a failure',
      run('cold', passed, { name: 'Pull HEAD', state: 'failed', message: '405 is not 200' }),
      ['cold: Pull HEAD: 405 is not 200'],
    ],
    [
      'a skip that has no reason',
      run('cold', passed, { ...passed, state: 'skipped' }),
      ['cold: Pull GET: skipped, and nobody knows why'],
    ],
    ['nothing but skips', run('cold', setup), ['cold: nothing passed']],
    ['no specs', run('cold'), ['cold: nothing passed']],
  ];
  test.each(rows)('%s', (_, given, expected) => {
    expect(complaints([given])).toEqual(expected);
  });
});

test('counts of every run, and each skip once with its reason and its runs', () => {
  const text = report('a suite', [
    run('cold', passed, setup, setup),
    run('warm', passed),
    run('dark', setup),
  ]);
  expect(text.split('\n')).toEqual([
    'The suite: a suite.',
    '',
    '| | run | passed | failed | skipped |',
    '|---|---|---|---|---|',
    '| 1 | cold | 1 | 0 | 2 |',
    '| 2 | warm | 1 | 0 | 0 |',
    '| 3 | dark | 0 | 0 | 1 |',
    '',
    '| skipped | in run | why |',
    '|---|---|---|',
    '| Pull Setup PUT | 1, 3 | it is there |',
  ]);
});
