// Measures our server beside others, row by row; run by bench/run.sh, which makes the place for it. `make bench` is all of it
// and writes RESULTS.md; `make bench ROW=manifest` and `make profile ROW=manifest` are about some rows.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { contest } from './contest.ts';
import type { Outcome } from './contest.ts';
import { machine } from './machine.ts';
import { profileText } from './profile.ts';
import { json, rowText } from './report.ts';
import { resultsText } from './results.ts';
import type { Row } from './row.ts';
import { rows } from './rows.ts';
import { tiny, whole } from './scale.ts';

const PROFILES = 'build/bench/profile';
const { values: flags, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    tiny: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    place: { type: 'string', default: tmpdir() },
  },
});
const peers = (process.env['PEERS'] ?? '').split(' ').filter((peer) => peer !== '');
const size = flags.tiny ? tiny : whole;
const rounds = Number(flags.rounds ?? size.rounds);
if (!(rounds >= 1))
  throw new RangeError(`--rounds ${String(flags.rounds)}: it is how often everybody has a turn, 1 or more`);
const scale = { ...size, rounds, roundsWithoutGoal: Math.min(rounds, size.roundsWithoutGoal) };

if (flags.profile) await profile(chosen(wanted));
else await bench(chosen(wanted));

async function bench(chosen: readonly Row[]): Promise<void> {
  const start = performance.now();
  const outcomes: Outcome[] = [];
  for (const row of chosen) {
    const outcome = await contest(flags.place, row, { scale, peers });
    outcomes.push(outcome);
    console.log(rowText(outcome));
  }
  const measured = await machine(peers);
  await writeFile('build/bench/results.json', json(measured, outcomes));
  const minutes = Math.round((performance.now() - start) / 6000) / 10;
  if (chosen.length === rows.length && scale.rounds === whole.rounds && !flags.tiny)
    await writeFile('bench/RESULTS.md', resultsText(measured, outcomes, minutes));
  console.log(`${minutes} minutes; build/bench/results.json has every round`);
}

async function profile(chosen: readonly Row[]): Promise<void> {
  for (const row of chosen) {
    await rm(PROFILES, { recursive: true, force: true });
    await mkdir(PROFILES, { recursive: true });
    // Long enough that the start, which is in the profile too, is not what it shows.
    const scaled = { ...scale, rounds: 1, roundsWithoutGoal: 1, seconds: 5 * scale.seconds };
    await contest(flags.place, row, { scale: scaled, peers: [], profile: PROFILES });
    console.log(`${row.name}: ${row.what}\n${await profileText(PROFILES, 30)}`);
  }
}

/** @throws when there is no such row */
function chosen(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return rows;
  return names.map((name) => {
    const row = rows.find((one) => one.name === name);
    if (row === undefined)
      throw new Error(`no row ${name}; there are ${rows.map((one) => one.name).join(', ')}`);
    return row;
  });
}
