// How large and how long the rows are: whole, or tiny to see that they run.

const KIB = 1024;
const MIB = 1024 * KIB;

export interface Scale {
  /** How often each contestant has its turn, in a row that has goals and in one that has none. */
  readonly rounds: number;
  readonly roundsWithoutGoal: number;
  /** Of one turn under load. */
  readonly seconds: number;
  readonly largeBlob: number;
  readonly hugeBlob: number;
  /** What thousands read at once. */
  readonly crowdBlob: number;
  readonly crowd: number;
  readonly idle: number;
  readonly fills: number;
  readonly images: number;
  readonly growth: readonly number[];
}

export const whole: Scale = {
  rounds: 5,
  roundsWithoutGoal: 3,
  seconds: 2,
  largeBlob: 64 * MIB,
  hugeBlob: 512 * MIB,
  crowdBlob: 2 * MIB,
  crowd: 1000,
  idle: 10_000,
  fills: 200,
  images: 1500,
  growth: [100, 1000, 10_000],
};

export const tiny: Scale = {
  rounds: 1,
  roundsWithoutGoal: 1,
  seconds: 0.1,
  largeBlob: 2 * MIB,
  hugeBlob: 4 * MIB,
  crowdBlob: 256 * KIB,
  crowd: 20,
  idle: 20,
  fills: 4,
  images: 20,
  growth: [10, 20, 30],
};
