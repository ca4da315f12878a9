// A row of the benchmark: what is measured, of whom, and what was to be reached.
import type { Figures } from './figures.ts';
import type { Goal } from './goal.ts';
import type { Scale } from './scale.ts';

/** Measures one contestant once. */
export type Measure = () => Promise<Figures>;

/** What a row is given: sizes, and where its files go. */
export interface Bench {
  /** In memory, since it is not the disk that is measured; empty at first, and taken away after the row. */
  readonly directory: string;
  readonly scale: Scale;
  /** Where our server leaves its profile; without it, bin/server is measured. */
  readonly profile?: string;
  /** Those that were built beyond Debian's. */
  readonly peers: readonly string[];
  /** What was started is put here, and ended after the row. */
  readonly stack: AsyncDisposableStack;
}

export interface Row {
  /** As `make bench ROW=…` has it. */
  readonly name: string;
  readonly what: string;
  /** How the figures were come by, for who wants to do it by hand. */
  readonly how: string;
  readonly goals: readonly Goal[];
  /** What `make profile` shows to stand in the way of a goal that is missed. */
  readonly obstacle?: string;
  /** Prepares everything; the contestants are then measured by turns. */
  open(bench: Bench): Promise<Readonly<Record<string, Measure>>>;
}
