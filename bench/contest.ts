// Runs a row: its contestants by turns, so that what else the machine does meets all of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { judge } from './goal.ts';
import type { Found } from './figures.ts';
import type { Verdict } from './goal.ts';
import type { Figures } from './figures.ts';
import type { Bench, Row } from './row.ts';

export interface Outcome {
  readonly row: Row;
  readonly found: Found;
  readonly verdicts: readonly Verdict[];
}

/** @param place where the files are to be while it runs */
export async function contest(
  place: string,
  row: Row,
  options: Omit<Bench, 'directory' | 'stack'>,
): Promise<Outcome> {
  const directory = await mkdtemp(join(place, `${row.name}-`));
  try {
    await using stack = new AsyncDisposableStack();
    const contestants = await row.open({ ...options, directory, stack });
    const found: Record<string, Figures[]> = {};
    const { rounds, roundsWithoutGoal } = options.scale;
    const wanted = row.goals.length > 0 ? rounds : roundsWithoutGoal;
    for (let round = 0; round < wanted; round += 1) {
      for (const [name, measure] of Object.entries(contestants)) (found[name] ??= []).push(await measure());
    }
    return { row, found, verdicts: row.goals.map((goal) => judge(goal, found)) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
