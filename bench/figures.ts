// What measuring finds.

/** Of one measurement, by names that end in their unit. */
export type Figures = Readonly<Record<string, number>>;

/** What each contestant's rounds have found. */
export type Found = Readonly<Record<string, readonly Figures[]>>;

/** Of the rounds in which there was such a figure. */
export function valuesOf(rounds: readonly Figures[] | undefined, figure: string): readonly number[] {
  return (rounds ?? []).map((figures) => figures[figure]).filter((value) => value !== undefined);
}
