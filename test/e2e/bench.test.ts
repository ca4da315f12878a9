// Every row of `make bench` runs: with sizes that say nothing about speed, beside the real peers.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { rows } from '../../bench/rows.ts';

test('every row of the benchmark measures everybody', async () => {
  const { stdout } = await promisify(execFile)('bench/run.sh', ['--tiny'], { maxBuffer: Infinity });
  const told = [...stdout.matchAll(/^### ([\w-]+):/gm)].map(([, name]) => name);
  expect(told).toEqual(rows.map(({ name }) => name));
  // Sizes that a row asks for are tiny, but one upstream request is one.
  expect(stdout).not.toMatch(/upstream GETs ≤ 1 +\| .*missed/);
}, 600_000);
