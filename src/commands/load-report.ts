// How a load goes, for people at a terminal, for people who read it later, and for programs.
import { humanSize } from './human-size.ts';
import { loadScreen } from './load-screen.ts';
import type { Screen } from './load-screen.ts';
import type { LoadOutcome, LoadWatcher, RunningLoad } from '../transfer/load.ts';
import type { SourceMistake } from '../transfer/sources.ts';

/** Where it is written: a terminal, a file, or a test's text. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface LoadReport extends LoadWatcher {
  summed(outcomes: readonly LoadOutcome[], mistakes: readonly SourceMistake[]): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

export function createReport(output: Output, { json }: { readonly json: boolean }): LoadReport {
  return json ? jsonReport(output) : peopleReport(output);
}

/** What did not come and why, a line each; empty when all of it did. */
export function failureLines(
  outcomes: readonly LoadOutcome[],
  mistakes: readonly SourceMistake[],
): readonly string[] {
  return [
    ...mistakes.map(({ origin, message }) => `${origin}: ${message}`),
    ...outcomes
      .filter(isFailed)
      .map(({ name, origin, error }) => `${name}: ${messageOf(error)} (from ${origin})`),
  ];
}

function peopleReport(output: Output): LoadReport {
  const screen: Screen | undefined = output.isTTY === true ? loadScreen(output) : undefined;
  const say = (line: string): void =>
    screen === undefined ? void output.write(`${line}\n`) : screen.say(line);
  let total = 0;
  let ended = 0;
  const position = (): string => `[${String(ended).padStart(String(total).length)}/${total}]`;
  return {
    expected(images) {
      total += images;
      screen?.expected(images);
    },
    reading: (archive) => screen?.reading(archive),
    hasRead: ({ name }) => screen?.hasRead(name),
    begun(load) {
      // A log that is read later has no use for both the beginning and the end of what takes a second.
      screen?.begun(load);
    },
    ended(outcome) {
      ended += 1;
      screen?.ended(outcome.name);
      say(`${position()} ${outcomeLine(outcome)}`);
      for (const note of outcome.notes) say(`${' '.repeat(position().length)} note: ${note}`);
    },
    summed(outcomes, mistakes) {
      screen?.close();
      output.write(`${summaryLine(outcomes, total, mistakes)}\n`);
    },
    close: () => screen?.close(),
  };
}

function outcomeLine({ name, numbers, error }: LoadOutcome): string {
  if (error !== undefined) return `failed  ${name}: ${messageOf(error)}`;
  const { fetched, total, fetchedBlobs, fetchedManifests, referrers } = numbers;
  const about = referrers === 0 ? '' : `, with ${count(referrers, 'referrer')}`;
  if (fetchedBlobs + fetchedManifests === 0) return `present ${name} (${humanSize(total)}${about})`;
  return `loaded  ${name} (${humanSize(fetched)} of ${humanSize(total)} fetched${about})`;
}

function summaryLine(
  outcomes: readonly LoadOutcome[],
  total: number,
  mistakes: readonly SourceMistake[],
): string {
  const failed = outcomes.filter(isFailed).length;
  const bytes = outcomes.reduce((sum, { numbers }) => sum + numbers.fetched, 0);
  const parts = [
    `${count(outcomes.length - failed, 'image')} loaded`,
    `${humanSize(bytes)} fetched`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(outcomes.length < total ? [`${total - outcomes.length} not begun`] : []),
    ...(mistakes.length > 0 ? [`${count(mistakes.length, 'mistake')} in the sources`] : []),
  ];
  return parts.join(', ');
}

/** A line for every image that has ended, then one for all. */
function jsonReport(output: Output): LoadReport {
  const say = (fact: Readonly<Record<string, unknown>>): void =>
    void output.write(`${JSON.stringify(fact)}\n`);
  let total = 0;
  return {
    expected: (images) => void (total += images),
    reading: ({ name }) => say({ event: 'reading', archive: name }),
    hasRead: () => undefined,
    begun: ({ name }: RunningLoad) => say({ event: 'begun', image: name }),
    ended({ name, origin, digest, numbers, notes, error }) {
      const failure = error === undefined ? {} : { error: messageOf(error) };
      const event = error === undefined ? 'loaded' : 'failed';
      say({ event, image: name, origin, digest, ...numbers, notes, ...failure });
    },
    summed(outcomes, mistakes) {
      const failed = outcomes.filter(isFailed).length;
      const loaded = outcomes.length - failed;
      say({ event: 'ended', images: total, loaded, failed, notBegun: total - outcomes.length, mistakes });
    },
    close: () => undefined,
  };
}

function isFailed({ error }: LoadOutcome): boolean {
  return error !== undefined;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
