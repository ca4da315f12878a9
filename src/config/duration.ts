// A span of time as people write it: `500ms`, `60s`, `10m`, `1h30m`, `7d`.

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What timers can hold; a longer one would fire at once. */
export const MAX_DURATION_MS = 2 ** 31 - 1;

/** The shortest way to write a span: `90m`, `1500ms`. */
export function formatDuration(ms: number): string {
  const fitting = Object.entries(units).findLast(([, length]) => ms > 0 && ms % length === 0);
  const [unit, length] = fitting ?? ['ms', 1];
  return `${ms / length}${unit}`;
}

/** Milliseconds, or undefined where the text is no duration or longer than `most`: what a timer can hold (24 days). */
export function parseDuration(text: string, most = MAX_DURATION_MS): number | undefined {
  if (!/^(?:\d{1,10}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g))
    sum += Number(amount) * (units[unit ?? ''] ?? NaN);
  return sum <= most ? Math.round(sum) : undefined;
}
