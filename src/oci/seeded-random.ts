// Random choices for tests, the same again from the same seed.

export interface SeededRandom {
  readonly seed: number;
  /** a whole number, at least 0 and less than `bound` */
  below(bound: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Put the seed into the test's name, so that a failure can be had again by passing it in here. */
export function seededRandom(seed: number = Math.floor(Math.random() * 2 ** 32)): SeededRandom {
  let state = seed >>> 0;
  // mulberry32
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  return { seed, below, pick: (choices) => choices[below(choices.length)] ?? choices[0] };
}
